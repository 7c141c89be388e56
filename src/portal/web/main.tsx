import { render } from "preact";
import { App } from "./app.tsx";
import { resumeSent } from "./lib/resume.ts";
import { reconnect } from "./lib/wallet.ts";
import "./style.css";

const root = document.getElementById("app");
if (root) {
  root.replaceChildren();
  render(<App />, root);
}
resumeSent();
reconnect();
