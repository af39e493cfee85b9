import type { Metadata } from 'next';
import Link from 'next/link';
import { Form } from '../../components/form';
import { signInAction } from '../actions';

export const metadata: Metadata = { title: 'Sign in' };

export default function SignIn() {
  return (
    <>
      <h1>Sign in</h1>
      <Form
        action={signInAction}
        submit="Sign in"
        fields={[
          { name: 'email', label: 'E-mail address', type: 'email', autoComplete: 'email', required: true },
          { name: 'password', label: 'Password', type: 'password', autoComplete: 'current-password', required: true },
        ]}
      />
      <p className="quiet">
        You have no account yet? <Link href="/sign-up">Sign up</Link>
      </p>
    </>
  );
}
