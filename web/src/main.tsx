// The page's first script, as small as can be: what a project takes sets out before the application's code is here.
// No styles: the browser runs no script before it has the styles that a page names.

import { setOut } from "./opening/opening";
import { routeOf } from "./pages/route";

const here = routeOf(location.pathname, location.hash);
if (here.page === "project") setOut(here.id);
void import("./pages/start");
