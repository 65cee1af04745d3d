// The page's first script, as small as can be: what a project takes sets out before the application's code is here.

import "@mantine/core/styles.css";
import "./theme/app.css";
import { setOut } from "./opening/opening";
import { routeOf } from "./pages/route";

const here = routeOf(location.pathname, location.hash);
if (here.page === "project") setOut(here.id);
void import("./pages/start");
