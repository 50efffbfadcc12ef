// JsonObject: reads a small JSON object from outside (a request body), strictly: whole document,
// valid UTF-8, no member twice, no member that nobody asked for. Errors name the member by JSON
// pointer (RFC 6901) and say what to do.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace bw {

class JsonObject {
public:
    /// `members` are the names that may occur; another one is invalid_field.
    static Result<JsonObject> parse(std::string_view text,
                                    std::initializer_list<std::string_view> members);

    /// A string of at most `bytes_limit` bytes of UTF-8, not empty.
    Result<std::string> string(std::string_view name, std::size_t bytes_limit) const;
    /// The same, but may be empty.
    Result<std::string> text(std::string_view name, std::size_t bytes_limit) const;
    /// A whole number from `min` to `max`.
    Result<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max) const;
    Result<bool> boolean(std::string_view name) const;
    /// An object or a list, as compact JSON text of at most `bytes_limit` bytes, for those who read
    /// further.
    Result<std::string> structure(std::string_view name, std::size_t bytes_limit) const;
    bool has(std::string_view name) const;
    /// It stands there, and is null.
    bool is_null(std::string_view name) const;

private:
    enum class Kind : std::uint8_t { string, integer, boolean, null, structure, other };
    struct Member {
        std::string name;
        Kind kind;
        std::string value;       // of a string; of a structure, as compact JSON
        std::int64_t number = 0; // of a boolean: 0 or 1
    };
    Result<const Member*> required(std::string_view name) const;
    const Member* find(std::string_view name) const;
    std::vector<Member> members_;
};

} // namespace bw
