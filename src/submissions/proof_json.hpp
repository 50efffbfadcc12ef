// How hashes, paths and heads stand in JSON: what receipts and published heads share. Internal.
#pragma once

#include <simdjson.h>

#include <utility>

#include "base/json.hpp"
#include "journal/head.hpp"

namespace bw::submissions {

constexpr std::size_t path_items_limit = 64; // a tree of 2^64 leaves

void write_path(JsonWriter& json, const char* name, const std::vector<Sha256>& path);
bool read_path(simdjson::dom::element in, const char* name, std::vector<Sha256>& out);

/// The members of a head, into an object that is open.
void write_head(JsonWriter& json, const journal::Head& head);
/// False if a member is missing or wrong.
bool read_head(simdjson::dom::element in, journal::Head& head);

/// What a group and a head have in common.
bool read_tree(simdjson::dom::element in, Sha256& root, Instant& time,
               journal::Durability& durability);

/// Empty if it is not there or no string.
std::string_view string_in(simdjson::dom::element in, const char* name);

/// False if it is not there, is no whole number or does not fit.
template <class Integer>
bool number_in(simdjson::dom::element in, const char* name, Integer& out) {
    std::uint64_t value = 0;
    if (in[name].get(value) != simdjson::SUCCESS || !std::in_range<Integer>(value))
        return false;
    out = static_cast<Integer>(value);
    return true;
}

} // namespace bw::submissions
