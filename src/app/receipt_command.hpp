// `bellwether receipt`: a receipt checked by whoever holds it, without a server; and the key that
// signs them.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace bw::app {

void add_receipt_commands(CLI::App& receipt, std::string& data,
                          std::function<Result<void>()>& chosen);

} // namespace bw::app
