// Structured log lines on standard error, one JSON object a line. Ids and counts only: no secret,
// no personal data, no body. A field named like a secret does not compile; a value that looks like
// a token is masked.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace bw::log {

/// Does a field of this name (snake_case) hold what must not be in a log? Word by word, so that
/// "monkey" is none and "idempotency_key" is one.
constexpr bool names_a_secret(std::string_view name) {
    constexpr std::string_view words[] = {"password", "passwd", "token",  "authorization", "cookie",
                                          "secret",   "key",    "bearer", "credential",    "body"};
    for (std::size_t begin = 0; begin <= name.size();) {
        std::size_t end = name.find('_', begin);
        if (end == std::string_view::npos)
            end = name.size();
        std::string_view word = name.substr(begin, end - begin);
        if (word.ends_with('s'))
            word.remove_suffix(1);
        for (std::string_view secret : words)
            if (word == secret)
                return true;
        begin = end + 1;
    }
    return false;
}

/// A literal, looked at when it is compiled.
struct FieldName {
    consteval FieldName(const char* literal) : text(literal) {
        if (names_a_secret(text))
            throw "a field of this name would put a secret into the log";
    }
    std::string_view text;
};

struct Field {
    FieldName name;
    std::variant<std::string_view, std::int64_t, double, bool> value;

    Field(FieldName n, std::string_view v) : name(n), value(v) {}
    Field(FieldName n, const char* v) : name(n), value(std::string_view(v)) {}
    Field(FieldName n, const std::string& v) : name(n), value(std::string_view(v)) {}
    Field(FieldName n, bool v) : name(n), value(v) {}
    Field(FieldName n, double v) : name(n), value(v) {}
    Field(FieldName n, std::integral auto v) : name(n), value(static_cast<std::int64_t>(v)) {}
};

enum class Level : std::uint8_t { debug, info, warn, error };

/// The text with "[masked]" in place of whatever looks like a JWT or follows "Bearer " or "Basic ".
/// The second line of defence, for error texts of others.
std::string masked(std::string_view text);

/// Lines below `level` are dropped. Call before threads start.
void set_level(Level level);

/// `event` is a stable snake_case name ("listening", "recorder_batch_failed"). Thread-safe.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::error, event, fields);
}

} // namespace bw::log
