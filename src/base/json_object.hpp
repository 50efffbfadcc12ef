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
    bool has(std::string_view name) const;

private:
    enum class Kind : std::uint8_t { string, other };
    struct Member {
        std::string name;
        Kind kind;
        std::string value; // of a string
    };
    const Member* find(std::string_view name) const;
    std::vector<Member> members_;
};

} // namespace bw
