/** Puts the page together: state in, views out. Read this to know the app. */
import { App } from "./app.js";
import { load, preferred } from "./i18n.js";
import { trouble } from "./notices.js";

await load(preferred());
try {
  await new App().start();
} catch (error) {
  trouble(error, () => location.reload());
}
