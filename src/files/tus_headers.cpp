#include "files/tus_headers.hpp"

#include <algorithm>
#include <charconv>

#include <sodium.h>

namespace bw::files {

namespace {

constexpr std::string_view metadata_header = "Upload-Metadata", concat_header = "Upload-Concat",
                           checksum_header = "Upload-Checksum";
constexpr std::size_t name_bytes_limit = 255, media_type_bytes_limit = 127;

/// RFC 4648 section 4, with its padding; nullopt: it is not that.
std::optional<Bytes> from_base64(std::string_view text) {
    Bytes out(text.size() / 4 * 3 + 3, '\0');
    std::size_t bytes = 0;
    const char* end = nullptr;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                          text.size(), nullptr, &bytes, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != text.data() + text.size())
        return std::nullopt;
    out.resize(bytes);
    return out;
}

Error bad(std::string_view header, std::string detail) {
    return fail(Code::bad_request, std::move(detail), std::string(header));
}

bool is_key(std::string_view text) {
    return !text.empty() && text.size() <= 128 &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != ','; });
}

/// A name as people see it, and no path.
bool is_file_name(std::string_view name) {
    return name.size() <= name_bytes_limit && is_utf8(name) &&
           std::ranges::none_of(name, [](char c) {
               const auto u = static_cast<unsigned char>(c);
               return u < 0x20 || u == 0x7f || c == '/' || c == '\\';
           });
}

/// RFC 9110, 8.3.1, without parameters.
bool is_media_type(std::string_view text) {
    const std::size_t slash = text.find('/');
    auto token = [](std::string_view part) {
        return !part.empty() && std::ranges::all_of(part, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   std::string_view("!#$&^_.+-").contains(c);
        });
    };
    return text.size() <= media_type_bytes_limit && slash != std::string_view::npos &&
           token(text.substr(0, slash)) && token(text.substr(slash + 1));
}

Result<void> take(Metadata& metadata, std::string_view key, Bytes value) {
    if (key == "filename" || (key == "name" && metadata.name.empty())) {
        if (!is_file_name(value))
            return bad(metadata_header, "a file's name has up to 255 bytes of UTF-8, no control "
                                        "characters and no slashes");
        metadata.name = std::move(value);
    } else if (key == "filetype" || (key == "type" && metadata.media_type.empty())) {
        const std::string type = value.substr(0, value.find(';'));
        if (!type.empty() && !is_media_type(type))
            return bad(metadata_header, "`filetype` is no media type such as application/pdf");
        metadata.media_type = type;
    } else if (key == "sha256") {
        const auto hash = to_array<32>(from_hex(value).value_or(""));
        if (!hash)
            return bad(metadata_header, "`sha256` has 64 hexadecimal digits");
        metadata.sha256 = hash;
    }
    return {};
}

std::string_view next(std::string_view& rest, char separator) {
    const std::string_view item = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    return item;
}

} // namespace

Result<Metadata> parse_metadata(std::string_view header) {
    if (header.size() > metadata_bytes_limit)
        return bad(metadata_header, "it has at most 4096 bytes");
    Metadata metadata;
    std::vector<std::string_view> seen;
    for (std::string_view rest = header; !rest.empty();) {
        std::string_view pair = next(rest, ',');
        while (pair.starts_with(' '))
            pair.remove_prefix(1);
        const std::string_view key = next(pair, ' ');
        if (!is_key(key))
            return bad(metadata_header, "expected keys with values in base64, with commas between");
        if (std::ranges::find(seen, key) != seen.end())
            return bad(metadata_header, "a key stands twice");
        seen.push_back(key);
        auto value = from_base64(pair);
        if (!value)
            return bad(metadata_header, "the value of '" + std::string(key) + "' is not base64");
        CHECK_OK(take(metadata, key, *std::move(value)));
    }
    if (metadata.media_type.empty())
        metadata.media_type = "application/octet-stream";
    return metadata;
}

Result<Concat> parse_concat(std::string_view header, std::string_view uploads_path) {
    if (header == "partial")
        return Concat{Kind::partial, {}};
    constexpr std::string_view prefix = "final;";
    if (!header.starts_with(prefix))
        return bad(concat_header, "expected `partial`, or `final;` and partial uploads");
    Concat concat{Kind::joined, {}};
    const std::string before = std::string(uploads_path) + "/";
    for (std::string_view rest = header.substr(prefix.size()); !rest.empty();) {
        const std::string_view url = next(rest, ' ');
        if (url.empty())
            continue;
        const std::size_t path = url.find(before);
        const auto id = path == std::string_view::npos
                            ? std::nullopt
                            : UploadId::parse(url.substr(path + before.size()));
        if (!id)
            return bad(concat_header, "expected the locations of uploads, as they were answered");
        concat.partials.push_back(*id);
    }
    if (concat.partials.empty() || concat.partials.size() > partials_limit)
        return bad(concat_header, "a final upload is made of 1 to 100 partial ones");
    return concat;
}

Result<Checksum> parse_checksum(std::string_view header) {
    std::string_view rest = header;
    const std::string_view algorithm = next(rest, ' ');
    auto digest = Digest::make(algorithm);
    if (!digest)
        return bad(checksum_header,
                   "expected one of " + std::string(checksum_algorithms) + ", and the digest");
    auto expected = from_base64(rest);
    if (!expected || expected->size() != digest->bytes())
        return bad(checksum_header, "the digest is not base64, or has another length");
    return Checksum{*std::move(digest), *std::move(expected)};
}

Result<std::uint64_t> parse_size(std::string_view name, std::string_view header) {
    std::uint64_t value = 0;
    const char* end = header.data() + header.size();
    const auto [at, error] = std::from_chars(header.data(), end, value);
    const bool digits =
        !header.empty() && std::ranges::all_of(header, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || error != std::errc() || at != end || value > (std::uint64_t{1} << 53))
        return bad(name, "expected a whole number of bytes");
    return value;
}

} // namespace bw::files
