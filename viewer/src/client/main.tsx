import { warmUp } from "./chart/live-view.ts";
import { render } from "preact";
import { SocketTransport } from "./net/socket-transport.ts";
import { adoptTokenFromAddress } from "./net/token.ts";
import { connect } from "./state/client.ts";
import { bindKeyboard } from "./state/keyboard.ts";
import { rememberColors } from "./state/plotted.ts";
import { bindClock } from "./state/shell.ts";
import { bindTheme } from "./state/theme.ts";
import { bindAddress } from "./state/view.ts";
import { App } from "./ui/app.tsx";

// The token leaves the address before anything else can see it.
adoptTokenFromAddress();
bindTheme();
bindAddress();
connect(new SocketTransport());
rememberColors();
bindKeyboard();
bindClock();
const root = document.querySelector("#app");
if (root !== null) {
  root.textContent = "";
  render(<App />, root);
  setTimeout(() => void warmUp(), 0);
}
