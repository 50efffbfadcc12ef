// Columns that several of the control plane's answers have. Of this module alone.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ensure.hpp"
#include "pg/values.hpp"
#include "tenancy/tenant.hpp"

namespace bw::tenancy {

/// Rate and burst in two neighbouring columns; both NULL: none.
inline std::optional<Rate> rate_of(const pg::Rows& rows, int row, int column) {
    if (rows.is_null(row, column))
        return std::nullopt;
    return Rate{static_cast<std::int32_t>(rows.int8(row, column)),
                static_cast<std::int32_t>(rows.int8(row, column + 1))};
}

inline void add_rate(pg::Params& params, const std::optional<Rate>& rate) {
    if (rate)
        params.int4(rate->per_second).int4(rate->burst);
    else
        params.null().null();
}

/// "a b c" taken apart; none for the empty text.
inline std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        out.emplace_back(word);
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    return out;
}

/// "at+lasts at+lasts", in milliseconds, as the directory's door writes them.
inline std::vector<Bell> bells_in(std::string_view text) {
    std::vector<Bell> out;
    for (const std::string& word : words(text)) {
        const std::size_t plus = word.find('+');
        ENSURE(plus != word.npos, "the directory's door writes bells otherwise");
        out.push_back({.at = {std::stoll(word)},
                       .lasts = std::chrono::milliseconds(std::stoll(word.substr(plus + 1)))});
    }
    return out;
}

} // namespace bw::tenancy
