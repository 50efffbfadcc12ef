#include "base/json.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/ensure.hpp"

namespace bw {

void append_json_escaped(std::string& out, std::string_view text) {
    for (char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20)
                fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
            else
                out += c;
        }
    }
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    closers_ += bracket == '{' ? '}' : ']';
    need_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::end() {
    ENSURE(!closers_.empty(), "end() without an open object or array");
    out_ += closers_.back();
    closers_.pop_back();
    need_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    out_ += '"';
    append_json_escaped(out_, name);
    out_ += "\":";
    need_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    out_ += '"';
    append_json_escaped(out_, text);
    out_ += '"';
    need_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::value(double n) {
    // JSON has no infinity and no NaN; "inf" would spoil the whole document for its reader.
    return std::isfinite(n) ? raw(fmt::format("{}", n)) : null();
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    need_comma_ = true;
    return *this;
}

void JsonWriter::separate() {
    if (need_comma_)
        out_ += ',';
}

} // namespace bw
