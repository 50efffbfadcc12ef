#include "net/resource_request.hpp"

#include <charconv>

namespace bw::net {

namespace {

constexpr int page_items_default = 50;
constexpr int page_items_limit = 500;

template <class Integer>
std::optional<Integer> whole_number(std::string_view text) {
    Integer value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

} // namespace

Result<int> page_limit(const Request& request) {
    auto text = request.query_param("limit");
    if (!text)
        return page_items_default;
    auto value = whole_number<int>(*text);
    if (!value || *value < 1 || *value > page_items_limit)
        return fail(Code::invalid_field,
                    "expected a number from 1 to " + std::to_string(page_items_limit), "limit");
    return *value;
}

Result<std::int64_t> version_in_if_match(const Request& request) {
    auto tag = request.header("If-Match");
    if (!tag)
        return fail(Code::precondition_required,
                    "send the ETag that you saw as If-Match, so that nobody's change is lost",
                    "If-Match");
    // Of a compressed answer it is `"12+gz"`: another form of the same version.
    std::string_view value = *tag;
    if (value.ends_with("+gz\""))
        value.remove_suffix(4);
    else if (value.ends_with('"'))
        value.remove_suffix(1);
    else
        value = {};
    if (value.starts_with('"'))
        if (auto version = whole_number<std::int64_t>(value.substr(1)))
            return *version;
    return fail(Code::precondition_failed, "If-Match is not an ETag of this resource", "If-Match");
}

} // namespace bw::net
