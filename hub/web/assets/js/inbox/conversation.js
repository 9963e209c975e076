// All that an open conversation needs: reading it, writing in it, and who else is there.

import "./composer.js";
import "./thread.js";
import "./choosing.js";
import "./viewer.js";
import "./sounds.js";
import "./together.js";
