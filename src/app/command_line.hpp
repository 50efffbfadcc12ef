// The command line: reads arguments, calls one function, prints what came of it. Rules live
// elsewhere.
#pragma once

namespace bw::app {

/// What main returns: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.
int run(int argc, char** argv);

} // namespace bw::app
