// A report's lines, held against those that a test computed, and against the text in golden/
// (BW_WRITE_GOLDEN=1 writes it anew).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "columnar/values.hpp"

namespace bw::reporting::test {

using columnar::Day;
using columnar::Micros;
using columnar::Value;
using Rows = std::vector<std::vector<Value>>;

inline bool same(const Value& a, const Value& b) {
    if (const auto *x = std::get_if<double>(&a), *y = std::get_if<double>(&b);
        x != nullptr && y != nullptr)
        return std::abs(*x - *y) < 1e-9 * std::max(1.0, std::abs(*x));
    return a == b;
}

inline std::string shown(const Value& value) {
    struct Show {
        std::string operator()(std::monostate) const { return "-"; }
        std::string operator()(bool v) const { return v ? "yes" : "no"; }
        std::string operator()(std::int64_t v) const { return std::to_string(v); }
        std::string operator()(double v) const {
            std::ostringstream out;
            out.precision(6);
            out << v;
            return out.str();
        }
        std::string operator()(const std::string& v) const { return v; }
        std::string operator()(const columnar::Blob& v) const { return to_hex(v.value); }
        std::string operator()(const Uuid& v) const { return to_hex(view(v)).substr(24); }
        std::string operator()(Micros v) const { return to_rfc3339({v.value / 1000}); }
        std::string operator()(Day v) const {
            return to_rfc3339({v.value * std::int64_t{86'400'000}}).substr(0, 10);
        }
    };
    return std::visit(Show{}, value);
}

inline std::string shown(const Rows& rows) {
    std::string out;
    for (const auto& row : rows) {
        for (const Value& value : row)
            out += (&value == row.data() ? "" : " | ") + shown(value);
        out += '\n';
    }
    return out;
}

inline void golden(std::string_view id, const Rows& rows) {
    const std::string file = std::string(BW_GOLDEN) + "/" + std::string(id) + ".txt";
    if (std::getenv("BW_WRITE_GOLDEN") != nullptr)
        std::ofstream(file) << shown(rows);
    std::ifstream in(file);
    std::stringstream kept;
    kept << in.rdbuf();
    EXPECT_EQ(kept.str(), shown(rows)) << file;
}

inline void expect_same(std::string_view id, const Rows& computed, const Rows& reported) {
    EXPECT_FALSE(computed.empty()) << id << ": this proves nothing";
    EXPECT_TRUE(std::ranges::equal(
        computed, reported,
        [](const auto& a, const auto& b) { return std::ranges::equal(a, b, same); }))
        << id << "\ncomputed:\n"
        << shown(computed) << "reported:\n"
        << shown(reported);
}

} // namespace bw::reporting::test
