import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What was sent for one contract. */
export interface Submission {
  address: string;
  contractIdentifier: string;
  compilerVersion: string;
  stdJsonInput: object;
}

/** A Sourcify server (API version 2) that believes everything, except for the addresses it is told to refuse. */
export interface FakeSourcify {
  url: string;
  submissions: Submission[];
  /** Addresses in lower case, with the words of the refusal. */
  refuse: Map<string, string>;
  close(): Promise<void>;
}

export async function startFakeSourcify(): Promise<FakeSourcify> {
  const submissions: Submission[] = [];
  const refuse = new Map<string, string>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const [, , what, chainOrJob, address = ""] = (request.url ?? "").split("/");
      const answer = (status: number, value: object) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      if (what === "contract") {
        const chainId = chainOrJob;
        answer(404, { match: null, creationMatch: null, runtimeMatch: null, chainId, address });
      } else if (request.method === "POST") {
        submissions.push({ address, ...(JSON.parse(body) as Omit<Submission, "address">) });
        answer(202, { verificationId: address });
      } else {
        const words = refuse.get((chainOrJob ?? "").toLowerCase());
        answer(200, {
          isJobCompleted: true,
          verificationId: chainOrJob,
          jobStartTime: "2026-01-01T00:00:00Z",
          contract: { match: words === undefined ? "exact_match" : null },
          ...(words === undefined ? {} : { error: { customCode: "no_match", message: words, errorId: "1" } }),
        });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    submissions,
    refuse,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
