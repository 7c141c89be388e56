import { expect } from "chai";
import { Standing } from "../../../src/node/standing.ts";

const PARAMETERS = {
  roundSeconds: 120,
  proofValidity: 7_500,
  minFailedTests: 3,
  initialCredit: 60,
  creditPerDay: 24,
  maxCredit: 1_440,
  daySeconds: 86_400,
};
const T0 = 1_000_000;
const HOUR = 3_600;

const standing = (): Standing => new Standing(PARAMETERS, T0);

/** Fails tests at the given times. */
const fail = (subject: Standing, ...times: number[]): void => times.forEach((at) => subject.record(false, at));

describe("node/Standing", () => {
  it("earns a credit an hour on top of 60, up to 1440", () => {
    const subject = standing();
    expect(subject.credit(T0)).to.equal(60);
    expect(subject.credit(T0 + HOUR - 1)).to.equal(60);
    expect(subject.credit(T0 + HOUR)).to.equal(61);
    expect(subject.credit(T0 + 24 * HOUR)).to.equal(84);
    expect(subject.credit(T0 + 1_380 * HOUR)).to.equal(1_440);
    expect(subject.credit(T0 + 9_999 * HOUR)).to.equal(1_440);
  });

  it("is decommissioned after a proof's validity of failing, and deregistered when the credit is used up", () => {
    const subject = standing();
    fail(subject, T0, T0 + 1, T0 + 7_499);
    expect(subject.state).to.equal("failing");
    fail(subject, T0 + 7_500);
    expect(subject.state).to.equal("decommissioned");
    // 62 credits: two hours of the validity have been earned
    const end = T0 + 7_500 + 62 * 120;
    fail(subject, end - 1);
    expect(subject.deregisteredAt).to.equal(null);
    fail(subject, end + 500);
    expect(subject.state).to.equal("deregistered");
    expect(subject.deregisteredAt).to.equal(end);
  });

  it("forgives a failure that one good test follows, however late", () => {
    const subject = standing();
    fail(subject, T0 + 1);
    subject.record(true, T0 + 1_000_000);
    expect(subject.state).to.equal("active");
    expect(subject.lastSeen).to.equal(T0 + 1_000_000);
    expect(subject.credit(T0 + 1)).to.equal(60);
  });

  it("does not hold a jump of the clock against a peer: not before the least number of failed tests", () => {
    const subject = standing();
    subject.record(true, T0);
    fail(subject, T0 + 10, T0 + 90 * 24 * HOUR);
    expect(subject.deregisteredAt).to.equal(null);
    subject.record(true, T0 + 90 * 24 * HOUR + 1);
    expect(subject.state).to.equal("active");
  });

  it("uses credit up while decommissioned, and earns from the recovery on", () => {
    const subject = standing();
    fail(subject, T0);
    const back = T0 + 7_500 + 30 * 120;
    fail(subject, T0 + 7_500, back);
    subject.record(true, back);
    expect(subject.credit(back)).to.equal(62 - 30);
    expect(subject.credit(back + HOUR)).to.equal(33);
    fail(subject, back, back + 1, back + 7_500 + 34 * 120);
    expect(subject.deregisteredAt).to.equal(back + 7_500 + 34 * 120);
  });

  it("never takes a deregistration back", () => {
    const subject = standing();
    fail(subject, T0, T0 + 1, T0 + 10 * 24 * HOUR);
    const at = subject.deregisteredAt;
    subject.record(true, T0 + 11 * 24 * HOUR);
    expect(subject.state).to.equal("deregistered");
    expect(subject.deregisteredAt).to.equal(at);
  });
});
