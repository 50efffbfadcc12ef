// `bellwether submissions`: one assignment's submissions for an auditor, made and checked.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace bw::app {

void add_submissions_commands(CLI::App& submissions, std::string& data,
                              std::function<Result<void>()>& chosen);

} // namespace bw::app
