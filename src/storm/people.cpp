#include "storm/people.hpp"

#include "base/json_object.hpp"

namespace bw::storm {

namespace {
constexpr std::size_t people_limit = 1'000'000;
} // namespace

Result<std::vector<PlannedPerson>> read_people(std::istream& in, const std::string& name) {
    std::vector<PlannedPerson> people;
    std::string text;
    for (std::size_t number = 1; std::getline(in, text); ++number) {
        const std::string where = name + ":" + std::to_string(number);
        if (number > people_limit)
            return fail(Code::bad_request,
                        "a plan has at most " + std::to_string(people_limit) + " lines", where);
        if (text.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        auto read = [&]() -> Result<PlannedPerson> {
            const JsonObject line = TRY(
                JsonObject::parse(text, {"host", "username", "user_id", "refresh_token", "sso"}));
            PlannedPerson person{.host = TRY(line.string("host", 253)),
                                 .username = TRY(line.string("username", 255))};
            if (line.has("user_id"))
                person.user = TRY(line.string("user_id", 64));
            if (line.has("refresh_token"))
                person.refresh_token = TRY(line.string("refresh_token", 512));
            if (line.has("sso"))
                person.sso = TRY(line.boolean("sso"));
            if (person.sso && !person.refresh_token.empty())
                return fail(Code::invalid_field, "nobody comes in two ways", "/sso");
            for (char c : person.host)
                if (c <= ' ' || c >= 0x7f) // it goes into the head of a request
                    return fail(Code::invalid_field, "a host is visible ASCII characters", "/host");
            return person;
        }();
        if (!read) {
            Error error = std::move(read).error();
            error.field = where + (error.field.empty() ? "" : " " + error.field);
            return error;
        }
        people.push_back(*std::move(read));
    }
    if (people.empty())
        return fail(Code::bad_request, "the plan names nobody", name);
    return people;
}

} // namespace bw::storm
