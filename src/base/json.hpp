// JsonWriter: builds one JSON document into a string. Reading JSON is simdjson's; this only writes.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace bw {

/// Appends `text` with JSON's escapes, without the quotes.
void append_json_escaped(std::string& out, std::string_view text);

/// Commas are its business: JsonWriter w;
/// w.object().key("a").value(1).key("b").array().value("x").end().end();
class JsonWriter {
public:
    JsonWriter& object() { return open('{'); }
    JsonWriter& array() { return open('['); }
    JsonWriter& end();
    JsonWriter& key(std::string_view name);
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(bool b) { return raw(b ? "true" : "false"); }
    JsonWriter& value(std::integral auto n) { return raw(std::to_string(n)); }
    JsonWriter& value(double n); // null unless it is finite
    JsonWriter& null() { return raw("null"); }
    /// `json` is a JSON value already.
    JsonWriter& raw(std::string_view json);
    template <class T>
    JsonWriter& member(std::string_view name, const T& v) {
        return key(name).value(v);
    }

    const std::string& text() const { return out_; }
    std::string take() { return std::move(out_); }

private:
    JsonWriter& open(char bracket);
    void separate();

    std::string out_;
    std::string closers_;
    bool need_comma_ = false;
};

} // namespace bw
