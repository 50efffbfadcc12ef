// Whatever the bytes: a body is refused with a reason that can itself be sent, or what is read from
// it is UTF-8 within its limits and comes back the same when written and read again.
#include <cstdint>
#include <cstdlib>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/json_object.hpp"

namespace {

constexpr std::size_t limits[] = {0, 1, 7, 64, 4096};

void expect(bool holds) {
    if (!holds)
        std::abort();
}

void check_refusal(const bw::Error& error) {
    expect(error.code == bw::Code::bad_request || error.code == bw::Code::invalid_field);
    expect(!error.detail.empty() && bw::is_utf8(error.detail) && bw::is_utf8(error.field));
    expect(error.field.empty() || error.field[0] == '/');
    expect(error.field.size() <= 2 * 64 + 1); // 64 bytes of a name, each escaped
}

void check_member(const bw::JsonObject& object, std::string_view name) {
    for (std::size_t limit : limits) {
        auto text = object.text(name, limit), string = object.string(name, limit);
        if (!text) {
            check_refusal(text.error());
            expect(text.error().field == "/" + std::string(name) && !string);
            continue;
        }
        expect(object.has(name) && text->size() <= limit && bw::is_utf8(*text));
        expect(string.has_value() == !text->empty());
        if (!string)
            check_refusal(string.error());
        bw::JsonWriter json;
        json.object().member(name, *text).end();
        auto again = bw::JsonObject::parse(json.text(), {"name", "text"});
        expect(again && again->has(name) && again->text(name, limit).value_or("") == *text);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    auto object = bw::JsonObject::parse(bytes, {"name", "text"});
    if (!object) {
        check_refusal(object.error());
        return 0;
    }
    expect(bw::is_utf8(bytes));
    for (std::string_view name : {"name", "text"})
        check_member(*object, name);
    return 0;
}
