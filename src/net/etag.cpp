#include "net/etag.hpp"

#include <xxhash.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/ensure.hpp"
#include "net/text.hpp"

namespace bw::net {

namespace {

constexpr std::string_view gzip_suffix = "+gz\"";

bool is_tag_char(char c) {
    auto u = static_cast<unsigned char>(c);
    return u == 0x21 || (u >= 0x23 && u != 0x7f);
}

/// What two tags are compared by: without the weakness mark and the mark of the gzip form.
struct Tag {
    bool weak;
    std::string_view opaque; // the opening quote included

    static Tag of(std::string_view text) {
        bool weak = text.starts_with("W/");
        if (weak)
            text.remove_prefix(2);
        text.remove_suffix(text.ends_with(gzip_suffix) ? gzip_suffix.size() : 1);
        return {weak, text};
    }
};

/// Cuts one tag off the front of `list`; empty if there is none.
std::string_view take_tag(std::string_view& list) {
    std::size_t at = list.starts_with("W/") ? 2 : 0;
    if (at >= list.size() || list[at] != '"')
        return {};
    std::size_t end = at + 1;
    while (end < list.size() && is_tag_char(list[end]))
        ++end;
    if (end == list.size() || list[end] != '"')
        return {};
    std::string_view tag = list.substr(0, end + 1);
    list.remove_prefix(end + 1);
    return tag;
}

} // namespace

std::string strong_etag(std::string_view opaque) {
    ENSURE(std::ranges::all_of(
               opaque, [](char c) { return is_tag_char(c) && static_cast<signed char>(c) > 0; }),
           "an entity tag is visible ASCII without quotes");
    return '"' + std::string(opaque) + '"';
}

std::string content_etag(std::string_view body) {
    XXH128_hash_t hash = XXH3_128bits(body.data(), body.size());
    Bytes bytes;
    put_le(bytes, hash.high64);
    put_le(bytes, hash.low64);
    return "W/\"" + to_hex(bytes) + '"';
}

std::string gzip_etag(std::string_view tag) {
    if (tag.starts_with("W/")) // names what both forms say
        return std::string(tag);
    return std::string(tag.substr(0, tag.size() - 1)).append(gzip_suffix);
}

TagMatch match_tags(std::string_view list, std::string_view tag, TagCompare compare) {
    list = trimmed(list);
    if (list == "*")
        return tag.empty() ? TagMatch::none : TagMatch::found;
    TagMatch match = TagMatch::malformed; // an empty list is none
    while (!list.empty()) {
        if (list.front() == ',') { // empty members are forgiven (RFC 9110, 5.6.1.2)
            list = trimmed(list.substr(1));
            continue;
        }
        std::string_view member = take_tag(list);
        list = trimmed(list);
        if (member.empty() || (!list.empty() && list.front() != ','))
            return TagMatch::malformed;
        if (match == TagMatch::malformed)
            match = TagMatch::none;
        if (tag.empty())
            continue;
        Tag theirs = Tag::of(member), ours = Tag::of(tag);
        bool comparable = compare == TagCompare::weak || (!theirs.weak && !ours.weak);
        if (comparable && theirs.opaque == ours.opaque)
            match = TagMatch::found;
    }
    return match;
}

Result<void> check_if_match(const Request& request, std::string_view current) {
    bool there = false, found = false;
    for (const auto& [name, value] : request.headers) {
        if (!same_name(name, "If-Match"))
            continue;
        there = true;
        TagMatch match = match_tags(value, current, TagCompare::strong);
        if (match == TagMatch::malformed)
            return fail(Code::bad_request,
                        R"(Expected * or a list of quoted tags such as "1", "2".)", "If-Match");
        found = found || match == TagMatch::found;
    }
    if (!there)
        return fail(Code::precondition_required,
                    "Send If-Match with the ETag of the version that you have read.", "If-Match");
    if (!found)
        return fail(Code::precondition_failed,
                    "It has changed since you read it: read it again, then repeat your change.",
                    "If-Match");
    return {};
}

} // namespace bw::net
