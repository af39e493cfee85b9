import type { Metadata } from 'next';
import Link from 'next/link';
import { Form } from '../../components/form';
import { signUpAction } from '../actions';

export const metadata: Metadata = { title: 'Sign up' };

export default function SignUp() {
  return (
    <>
      <h1>Sign up</h1>
      <Form
        action={signUpAction}
        submit="Sign up"
        fields={[
          { name: 'name', label: 'Your name', autoComplete: 'name' },
          { name: 'email', label: 'E-mail address', type: 'email', autoComplete: 'email', required: true },
          {
            name: 'password',
            label: 'Password',
            type: 'password',
            autoComplete: 'new-password',
            required: true,
            hint: 'At least 10 characters; a few words are best.',
          },
        ]}
      />
      <p className="quiet">
        You have an account already? <Link href="/sign-in">Sign in</Link>
      </p>
    </>
  );
}
