// Whatever is said of a report's arguments, of each report: refused with its place, or the same
// again when written and read.
#include <algorithm>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/ensure.hpp"
#include "reporting/asked.hpp"

namespace {

using namespace bw;
using namespace bw::reporting;

void check(const Report& report, const Result<std::vector<columnar::Value>>& read) {
    if (read) {
        const auto again = arguments_from_json(report, arguments_json(report, *read));
        ENSURE(again && *again == *read, "the same again");
        return;
    }
    const Error& error = read.error();
    ENSURE(error.code == Code::invalid_field, "the caller's to mend");
    ENSURE(!error.field.empty() && is_utf8(error.field) && !error.detail.empty(),
           "with its place, and can be sent");
}

/// As a query says them: what stands between two line feeds each.
Said said_in(std::string_view text) {
    return [text, at = std::size_t{0}](std::string_view) mutable -> std::optional<std::string> {
        if (at > text.size())
            return std::nullopt;
        const std::size_t begin = at, end = std::min(text.find('\n', begin), text.size());
        at = end + 1;
        return std::string(text.substr(begin, end - begin));
    };
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const Report& report : catalogue()) {
        check(report, arguments_from_json(report, text));
        check(report, arguments_from(report, said_in(text)));
    }
    return 0;
}
