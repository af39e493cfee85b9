import Link from 'next/link';

export default function NotFound() {
  return (
    <>
      <h1>There is nothing here</h1>
      <p>
        The page or the song may have been removed. <Link href="/">Back to the library</Link>
      </p>
    </>
  );
}
