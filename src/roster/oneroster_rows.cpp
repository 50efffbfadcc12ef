#include "roster/oneroster_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bw::roster {

namespace {

constexpr std::array<std::string_view, entity_count> names{
    "orgs",       "academic_sessions", "courses",    "sections",     "section_terms",
    "users",      "user_agents",       "user_roles", "demographics", "enrollments",
    "categories", "line_items"};

} // namespace

std::string_view name_of(Entity entity) {
    return names[static_cast<std::size_t>(entity)];
}

std::optional<Entity> entity_of(std::string_view name) {
    auto at = std::ranges::find(names, name);
    if (at == names.end())
        return std::nullopt;
    return static_cast<Entity>(at - names.begin());
}

CopyText& CopyText::number(std::optional<double> n) {
    return n ? raw(fmt::format("{}", *n)) : null();
}

CopyText& CopyText::text(std::string_view text) {
    if (text.empty())
        return null();
    separate();
    for (char c : text) {
        switch (c) {
        case '\\':
            out_ += "\\\\";
            break;
        case '\t':
            out_ += "\\t";
            break;
        case '\n':
            out_ += "\\n";
            break;
        case '\r':
            out_ += "\\r";
            break;
        default:
            out_ += c;
        }
    }
    return *this;
}

Result<void> StagedRows::send_chunks(std::size_t least) {
    for (std::size_t i = 0; i < entity_count; ++i) {
        if (chunks_[i].out().size() < least)
            continue;
        CHECK_OK(send_(static_cast<Entity>(i), chunks_[i].out()));
        chunks_[i].clear();
    }
    return {};
}

} // namespace bw::roster
