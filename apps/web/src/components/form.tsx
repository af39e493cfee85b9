'use client';

import { type ReactNode, useActionState } from 'react';
import type { FormState } from '../app/actions';

export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password' | 'number';
  readonly autoComplete?: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly rows?: number;
  readonly initial?: string;
}

export type Field = FieldProps | { readonly choices: ChoicesProps };

interface ChoicesProps {
  readonly name: string;
  readonly legend: string;
  readonly kind: 'radio' | 'checkbox';
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly initial: readonly string[];
}

interface Props {
  readonly action: (state: FormState, form: FormData) => Promise<FormState>;
  readonly fields: readonly Field[];
  readonly submit: string;
  readonly csrf?: string | undefined;
  readonly children?: ReactNode;
}

const NOTHING: FormState = { problems: {}, values: {} };

/** A form that works without JavaScript too; what was typed stays, and what is wrong is said at its field. */
export function Form({ action, fields, submit, csrf, children }: Props) {
  const [state, send, isPending] = useActionState(action, NOTHING);
  const general = state.problems[''];
  const count = Object.keys(state.problems).length;
  return (
    <form className="form" action={send} noValidate>
      {count > 0 && (
        <p className="problem" role="alert">
          {general ?? 'Please look at what is marked below.'}
        </p>
      )}
      {csrf !== undefined && <input type="hidden" name="csrf" value={csrf} />}
      {fields.map((field) =>
        'choices' in field ? (
          <Choices key={field.choices.name} {...field.choices} state={state} />
        ) : (
          <TextField key={field.name} {...field} state={state} />
        ),
      )}
      {children}
      <button type="submit" disabled={isPending}>
        {submit}
      </button>
    </form>
  );
}

function TextField({
  name,
  label,
  hint,
  required,
  rows,
  initial,
  state,
  ...rest
}: FieldProps & { readonly state: FormState }) {
  const problem = problemOf(state, name);
  const described = [hint && `${name}-hint`, problem && `${name}-problem`].filter(Boolean).join(' ');
  const common = {
    id: name,
    name,
    required,
    defaultValue: [state.values[name]].flat()[0] ?? initial ?? '',
    'aria-invalid': problem ? true : undefined,
    'aria-describedby': described || undefined,
  };
  return (
    <p>
      <label htmlFor={name}>
        {label}
        {required !== true && <span className="quiet optional"> (optional)</span>}
      </label>
      {rows === undefined ? <input {...common} {...rest} /> : <textarea {...common} rows={rows} />}
      {hint !== undefined && (
        <span className="quiet" id={`${name}-hint`}>
          {hint}
        </span>
      )}
      <Problem name={name} text={problem} />
    </p>
  );
}

function Choices({ name, legend, kind, options, initial, state }: ChoicesProps & { readonly state: FormState }) {
  const chosen = state.values[name] === undefined ? initial : [state.values[name]].flat();
  const problem = problemOf(state, name);
  return (
    <fieldset aria-describedby={problem ? `${name}-problem` : undefined}>
      <legend>{legend}</legend>
      {options.map(([value, label]) => (
        <label key={value} className="choice">
          <input type={kind} name={name} value={value} defaultChecked={chosen.includes(value)} /> {label}
        </label>
      ))}
      <Problem name={name} text={problem} />
    </fieldset>
  );
}

function Problem({ name, text }: { readonly name: string; readonly text: string | undefined }) {
  return text === undefined ? null : (
    <span className="problem" id={`${name}-problem`}>
      {text}
    </span>
  );
}

/** A problem of one of several values is one of the field. */
function problemOf({ problems }: FormState, name: string): string | undefined {
  return Object.entries(problems).find(([path]) => path === name || path.startsWith(`${name}.`))?.[1];
}
