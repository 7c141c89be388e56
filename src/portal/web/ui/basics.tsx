import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { chainNow } from "../lib/clock.ts";
import { config } from "../lib/config.ts";
import { duration, exactTime, localTime, shortHex, shortSesh, titleSesh, wholeSesh } from "../lib/format.ts";
import type { Resource } from "../lib/resource.ts";
import { useTied } from "../lib/tied.ts";
import type { Trouble } from "../lib/trouble.ts";

/** An amount of SESH; the exact one, and its atoms, on hover and for screen readers. Undefined keeps its place. */
export function Amount({
  atomic,
  whole,
  unit = true,
}: {
  atomic: bigint | undefined;
  whole?: boolean;
  unit?: boolean;
}) {
  if (atomic === undefined) return <Blank width={9} />;
  const text = whole ? wholeSesh(atomic) : shortSesh(atomic);
  return (
    <span class="amount" title={titleSesh(atomic)} data-atomic={String(atomic)}>
      {text}
      {unit && <span class="unit"> SESH</span>}
    </span>
  );
}

/** A point in time; exact and in UTC on hover. */
export function Time({ at }: { at: number | undefined }) {
  if (at === undefined) return <Blank width={12} />;
  return (
    <time dateTime={exactTime(at)} title={exactTime(at)}>
      {localTime(at)}
    </time>
  );
}

/** How long until a point in time, counting down on the chain's clock. */
export function Countdown({ to, past = "now" }: { to: number; past?: string }) {
  const left = to - chainNow();
  return (
    <time class="number" dateTime={exactTime(to)} title={exactTime(to)}>
      {left > 0 ? duration(left) : past}
    </time>
  );
}

/** A place for a figure that is still to come: nothing moves when it does. */
export function Blank({ width }: { width: number }) {
  return <span class="blank" style={{ width: `${width}ch` }} aria-label="loading" role="img" />;
}

/** A key, an address or a transaction: its two ends, the whole on hover, copied with a click. */
export function Hex({ value, kind }: { value: string; kind?: "address" | "tx" }) {
  const [copied, setCopied] = useTied<true>(value);
  const explorer = config.value?.explorer;
  const copy = async () => {
    await navigator.clipboard?.writeText(value).catch(() => undefined);
    setCopied(true);
    setTimeout(() => setCopied(undefined), 1_200);
  };
  return (
    <span class="hex">
      <button
        type="button"
        class="bare"
        title={`${value} (click to copy)`}
        aria-label={`${shortHex(value)}, copy ${value}`}
        onClick={copy}
      >
        <code>{copied ? "copied".padEnd(shortHex(value).length, "\u00a0") : shortHex(value)}</code>
      </button>
      {explorer && kind && (
        <a href={`${explorer}/${kind}/${value}`} target="_blank" rel="noreferrer noopener" aria-label="in the explorer">
          ↗
        </a>
      )}
    </span>
  );
}

/** What went wrong, and the remedy. */
export function TroubleBox({ trouble, again }: { trouble: Trouble; again?: (() => void) | undefined }) {
  return (
    <div class="box bad" role="alert">
      <p>
        <strong>{trouble.sentence}</strong> {trouble.fix}
      </p>
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Note({ children, kind = "info" }: { children: ComponentChildren; kind?: "info" | "warn" | "good" }) {
  return (
    <div class={`box ${kind}`}>
      <div class="box-text">{children}</div>
    </div>
  );
}

/** A heading and what belongs to it. */
export function Card({ title, children, id, side }: CardProps) {
  return (
    <section class="card" aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id}>{title}</h2>
        {side}
      </div>
      {children}
    </section>
  );
}

interface CardProps {
  title: ComponentChildren;
  children: ComponentChildren;
  id: string;
  side?: ComponentChildren;
}

/** A figure with its name. */
export function Figure({ name, children, hint }: { name: string; children: ComponentChildren; hint?: string }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>{children}</dd>
      {hint && <dd class="hint">{hint}</dd>}
    </div>
  );
}

/** What the service said last, when it does not answer any more; and whether it ever did. */
export function Freshness<T>({ of }: { of: Resource<T> }) {
  const trouble = of.trouble.value;
  if (!trouble) return null;
  if (of.value.value === undefined) return <TroubleBox trouble={trouble} again={() => void of.reload()} />;
  return (
    <div class="box warn" role="status">
      <p>
        <strong>These figures are from {localTime(of.at.value / 1_000)}.</strong> {trouble.sentence} {trouble.fix}
      </p>
      <button type="button" onClick={() => void of.reload()}>
        Try again
      </button>
    </div>
  );
}

/** A labelled input with its hint and its error. */
export function Field(props: FieldProps) {
  const { id, label, value, onInput, hint, error, ...rest } = props;
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  const common = {
    id,
    value,
    autocomplete: "off",
    spellcheck: false,
    "aria-invalid": error ? true : undefined,
    "aria-describedby": described || undefined,
    onInput: (event: Event) => onInput((event.target as HTMLInputElement).value),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rest.rows ? (
        <textarea {...common} rows={rest.rows} />
      ) : (
        <input {...common} type="text" inputMode={rest.numeric ? "decimal" : "text"} placeholder={rest.placeholder} />
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <p class="error" id={`${id}-error`} aria-live="polite">
        {error ?? ""}
      </p>
    </div>
  );
}

interface FieldProps {
  id: string;
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  error?: string | undefined;
  rows?: number;
  numeric?: boolean;
  placeholder?: string;
}

/** A dialog of the browser's own: focus stays in it, Escape closes it. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div class="card-head">
        <h2>{title}</h2>
        <button type="button" class="bare" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </div>
      {children}
    </dialog>
  );
}
