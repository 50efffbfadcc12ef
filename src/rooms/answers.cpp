#include "rooms/answers.hpp"

#include <simdjson.h>

namespace bw::rooms {

namespace {

template <class T, class Read>
Result<std::vector<T>> list_of(const std::string& json, const std::string& field, Read read) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::array list;
    std::vector<T> out;
    if (parser.parse(json).get(list) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "is a list", field);
    for (const simdjson::dom::element one : list) {
        auto value = read(one);
        if (!value)
            return fail(Code::invalid_field, "is of another kind than it should be",
                        field + "/" + std::to_string(out.size()));
        out.push_back(std::move(*value));
    }
    return out;
}

} // namespace

Result<std::vector<std::string>> strings_of(const std::string& json, const std::string& field) {
    return list_of<std::string>(json, field,
                                [](simdjson::dom::element one) -> std::optional<std::string> {
                                    std::string_view text;
                                    if (one.get(text) != simdjson::SUCCESS)
                                        return std::nullopt;
                                    return std::string(text);
                                });
}

Result<std::vector<std::int64_t>> integers_of(const std::string& json, const std::string& field) {
    return list_of<std::int64_t>(json, field,
                                 [](simdjson::dom::element one) -> std::optional<std::int64_t> {
                                     std::int64_t number = 0;
                                     if (one.get(number) != simdjson::SUCCESS)
                                         return std::nullopt;
                                     return number;
                                 });
}

} // namespace bw::rooms
