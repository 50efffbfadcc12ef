#include "submissions/declared_files.hpp"

#include <simdjson.h>

#include <algorithm>
#include <optional>

#include "base/bytes.hpp"
#include "base/json.hpp"

namespace bw::submissions {

namespace {

using simdjson::dom::element;

constexpr std::string_view no_particular_type = "application/octet-stream";

Error wrong(std::string what, std::string pointer) {
    return fail(Code::invalid_field, std::move(what), std::move(pointer));
}

bool is_control(unsigned char c) {
    return c < 0x20 || c == 0x7f;
}

bool is_file_name(std::string_view name) {
    return !name.empty() && name.size() <= file_name_bytes_limit && name != "." && name != ".." &&
           std::ranges::none_of(name, [](char c) {
               return is_control(static_cast<unsigned char>(c)) || c == '/' || c == '\\';
           });
}

/// RFC 9110, 8.3.1, without parameters.
bool is_media_type(std::string_view type) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    const std::size_t slash = type.find('/');
    if (type.size() > media_type_bytes_limit || slash == std::string_view::npos || slash == 0 ||
        slash + 1 == type.size())
        return false;
    std::size_t at = 0;
    return std::ranges::all_of(type, [&](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
        return at++ == slash || letter;
    });
}

Result<std::string> string_in(const simdjson::dom::object& object, const char* name,
                              const std::string& pointer) {
    std::string_view value;
    if (object[name].get(value) != simdjson::SUCCESS)
        return wrong("must be there, and a string", pointer + "/" + name);
    return std::string(value);
}

Result<DeclaredFile> read_file(element in, const std::string& pointer) {
    simdjson::dom::object object;
    if (in.get(object) != simdjson::SUCCESS)
        return wrong("must be an object", pointer);
    std::vector<std::string_view> seen;
    for (auto [name, value] : object) {
        const std::string here =
            pointer + "/" + std::string(name.substr(0, utf8_prefix(name.substr(0, 64))));
        if (name != "name" && name != "size" && name != "media_type" && name != "sha256")
            return wrong("a file has name, size, media_type and sha256, and no such member", here);
        if (std::ranges::find(seen, name) != seen.end())
            return wrong("stands twice", here);
        seen.push_back(name);
    }
    DeclaredFile file;
    file.name = TRY(string_in(object, "name", pointer));
    if (!is_file_name(file.name))
        return wrong("expected a file's name, 1 to 255 bytes without /, \\ and control characters",
                     pointer + "/name");
    if (object["size"].get(file.size) != simdjson::SUCCESS || file.size == 0 ||
        file.size > declared_file_bytes_limit)
        return wrong("expected a number of bytes, 1 to " +
                         std::to_string(declared_file_bytes_limit) +
                         "; an empty file cannot be handed in",
                     pointer + "/size");
    file.media_type = no_particular_type;
    if (element given; object["media_type"].get(given) == simdjson::SUCCESS)
        file.media_type = TRY(string_in(object, "media_type", pointer));
    if (!is_media_type(file.media_type))
        return wrong("expected a media type such as application/pdf", pointer + "/media_type");
    const std::string hash = TRY(string_in(object, "sha256", pointer));
    const bool lower = std::ranges::all_of(
        hash, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    const auto bytes = lower ? to_array<32>(from_hex(hash).value_or("")) : std::nullopt;
    if (!bytes)
        return wrong("expected the SHA-256 of the file's bytes, 64 lower-case hexadecimal digits",
                     pointer + "/sha256");
    file.sha256 = *bytes;
    return file;
}

} // namespace

Result<std::vector<DeclaredFile>> read_declared_files(std::string_view json,
                                                      const std::string& pointer) {
    simdjson::dom::parser parser;
    simdjson::dom::array array;
    if (parser.parse(json.data(), json.size()).get(array) != simdjson::SUCCESS)
        return wrong("must be a list of files", pointer);
    std::vector<DeclaredFile> files;
    for (element one : array) {
        const std::string here = pointer + "/" + std::to_string(files.size());
        if (files.size() == declared_files_limit)
            return wrong("at most " + std::to_string(declared_files_limit) + " files", pointer);
        DeclaredFile file = TRY(read_file(one, here));
        if (std::ranges::find(files, file.name, &DeclaredFile::name) != files.end())
            return wrong("another file of this submission has the same name", here + "/name");
        files.push_back(std::move(file));
    }
    if (files.empty())
        return wrong("at least one file", pointer);
    return files;
}

std::string declaration_of(const std::vector<DeclaredFile>& files) {
    JsonWriter json;
    json.array();
    for (const DeclaredFile& file : files)
        json.object()
            .member("name", file.name)
            .member("size", file.size)
            .member("media_type", file.media_type)
            .member("sha256", to_hex(view(file.sha256)))
            .end();
    json.end();
    return json.take();
}

} // namespace bw::submissions
