import { render } from "preact";
import { App } from "./app.tsx";
import { reconnect } from "./lib/wallet.ts";
import "./style.css";

const root = document.getElementById("app");
if (root) {
  root.replaceChildren();
  render(<App />, root);
}
reconnect();
