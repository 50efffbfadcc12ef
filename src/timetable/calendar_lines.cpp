#include "timetable/calendar_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bw::timetable {

namespace {

Error broken(std::size_t line, std::string detail) {
    return fail(Code::invalid_field, std::move(detail), std::to_string(line));
}

char capital(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// A name at `at`, in capitals; empty when there is none.
std::string take_name(std::string_view text, std::size_t& at) {
    std::string name;
    auto is_name = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    };
    for (; at < text.size() && is_name(capital(text[at])) && name.size() < 64; ++at)
        name += capital(text[at]);
    return name;
}

/// Values of one parameter, separated by commas as they came; nullopt: an open quote.
std::optional<std::string> take_values(std::string_view text, std::size_t& at) {
    std::string values;
    bool quoted = false;
    for (; at < text.size() && (quoted || (text[at] != ';' && text[at] != ':')); ++at) {
        if (text[at] == '"')
            quoted = !quoted;
        else
            values += text[at];
    }
    return quoted ? std::nullopt : std::optional(std::move(values));
}

} // namespace

const std::string* ContentLine::parameter(std::string_view wanted) const {
    const auto found =
        std::ranges::find(parameters, wanted, &std::pair<std::string, std::string>::first);
    return found == parameters.end() ? nullptr : &found->second;
}

Error ContentLine::wrong(std::string detail) const {
    return fail(Code::invalid_field, std::move(detail), fmt::format("{}:{}", line, name));
}

Result<std::string> ContentLines::unfolded() {
    std::string out;
    const std::size_t first = next_line_;
    do {
        const bool folded = next_line_ != first;
        const std::size_t end = std::min(text_.find('\n'), text_.size());
        ByteView line = text_.substr(0, end);
        text_.remove_prefix(std::min(end + 1, text_.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (folded)
            line.remove_prefix(1);
        if (out.size() + line.size() > line_bytes_)
            return fail(Code::payload_too_large,
                        fmt::format("a line may have {} bytes at most", line_bytes_),
                        std::to_string(first));
        out += line;
        ++next_line_;
    } while (text_.starts_with(' ') || text_.starts_with('\t'));
    const bool control = std::ranges::any_of(out, [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
    // Folds may cut a character, so text is looked at when it is whole again.
    if (control || !is_utf8(out))
        return broken(first, "has to be UTF-8 without control characters");
    return out;
}

Result<bool> ContentLines::next(ContentLine& line) {
    if (text_.empty())
        return false;
    line = {.line = next_line_};
    const std::string text = TRY(unfolded());
    std::size_t at = 0;
    line.name = take_name(text, at);
    if (line.name.empty())
        return broken(line.line, "a line begins with a property's name");
    while (at < text.size() && text[at] == ';') {
        ++at;
        std::string parameter = take_name(text, at);
        if (parameter.empty() || at == text.size() || text[at] != '=')
            return line.wrong("a parameter is a name, '=' and a value");
        ++at;
        auto values = take_values(text, at);
        if (!values)
            return line.wrong("a quote is left open");
        line.parameters.emplace_back(std::move(parameter), *std::move(values));
    }
    if (at == text.size() || text[at] != ':')
        return line.wrong("has no ':' before a value");
    line.value = text.substr(at + 1);
    return true;
}

} // namespace bw::timetable
