'use client';

export default function Failed({ reset }: { readonly reset: () => void }) {
  return (
    <>
      <h1>Something went wrong on our side</h1>
      <p>It has been noted. Please try again in a moment.</p>
      <button type="button" onClick={reset}>
        Try again
      </button>
    </>
  );
}
