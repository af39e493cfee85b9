import { type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answered {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One request to a port of this machine, with any headers: `fetch` would not send `host` and `origin`. */
export function ask(
  port: number,
  path: string,
  options: { readonly method?: string; readonly headers?: OutgoingHttpHeaders; readonly body?: string } = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers, body } = options;
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      text(answer).then((got) => resolve({ status: answer.statusCode, headers: answer.headers, body: got }), reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
