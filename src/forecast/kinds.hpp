// What is forecast: kinds of load, each counted in events a minute. No numbers here.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bw::forecast {

/// A forecast says by which model it was made; whatever changes a number it gives raises this.
constexpr std::int32_t model_version = 1;

enum class Kind : std::uint8_t {
    password,   // sign-ins by password
    refresh,    // sign-ins by refresh token
    provider,   // sign-ins at others' providers
    page_read,  // pages read
    submission, // submissions received
    live_join,  // people joining a live lesson
    job,        // jobs enqueued
};
constexpr std::size_t kinds = 7;
constexpr std::array<std::string_view, kinds> kind_names = {
    "password", "refresh", "provider", "page_read", "submission", "live_join", "job"};

template <class T>
using PerKind = std::array<T, kinds>;

constexpr std::size_t place(Kind kind) {
    return static_cast<std::size_t>(kind);
}
constexpr std::string_view name(Kind kind) {
    return kind_names[place(kind)];
}
constexpr std::optional<Kind> kind_named(std::string_view text) {
    const auto* const found = std::ranges::find(kind_names, text);
    if (found == kind_names.end())
        return std::nullopt;
    return static_cast<Kind>(found - kind_names.begin());
}

} // namespace bw::forecast
