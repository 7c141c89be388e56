/**
 * How large a quorum is, by the odds that colluding nodes fill enough of it.
 *
 * With N nodes of which K collude, a quorum of n drawn without replacement holds t or more of them with probability
 *
 *   P(N, K, n, t) = sum over i = t .. min(n, K) of C(K, i) C(N - K, n - i) / C(N, n)
 *
 * (hypergeometric), for N without end the binomial tail `sum C(n, i) (K/N)^i (1 - K/N)^(n - i)`. For K = N/3:
 *
 *   10 voters, 7 votes (the live network)     2.0e-2      one quorum in fifty
 *   80 voters, 48 votes                       9.4e-7
 *   100 voters, 60 votes (here)               4.3e-8      less for every N: P grows with N
 *
 * Three fifths and not two thirds, so that a third that keeps silent does not stop the other two thirds: of 100 voters 66.7 are
 * honest on average, and at least 60 in 94 of 100 quorums. Below 100 nodes everybody votes, and a third never is three fifths.
 */

/** Voters of a round where there are so many nodes. */
export const MAX_VOTERS = 100;

/** How many vote, and how many equal votes make a certificate. */
export interface QuorumSize {
  readonly voters: number;
  readonly threshold: number;
}

/** The quorum of a network of `nodes`: 100 voters, or all; three fifths of them, rounded up, and never fewer than two. */
export function quorumSize(nodes: number): QuorumSize {
  const voters = Math.min(nodes, MAX_VOTERS);
  return { voters, threshold: Math.max(2, Math.ceil((3 * voters) / 5)) };
}

/** `P(N, K, n, t)`: the odds that a quorum of n, drawn from N nodes of which K collude, holds t or more of them. */
export function captureOdds(nodes: number, colluding: number, voters: number, votes: number): number {
  let sum = 0;
  for (let i = votes; i <= Math.min(voters, colluding); i++) {
    if (voters - i > nodes - colluding) continue;
    sum += Math.exp(lnChoose(colluding, i) + lnChoose(nodes - colluding, voters - i) - lnChoose(nodes, voters));
  }
  return sum;
}

const lnFactorials = [0];

function lnFactorial(n: number): number {
  for (let i = lnFactorials.length; i <= n; i++) lnFactorials.push((lnFactorials[i - 1] as number) + Math.log(i));
  return lnFactorials[n] as number;
}

function lnChoose(n: number, k: number): number {
  return lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k);
}
