#include "telemetry/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cctype>

#include "base/json.hpp"

namespace bw::log {

namespace {

spdlog::logger& logger() {
    static auto instance = [] {
        auto made = spdlog::stderr_logger_mt("bellwether");
        made->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                          spdlog::pattern_time_type::utc);
        made->flush_on(spdlog::level::info);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
    case Level::debug:
        return spdlog::level::debug;
    case Level::info:
        return spdlog::level::info;
    case Level::warn:
        return spdlog::level::warn;
    case Level::error:
        return spdlog::level::err;
    }
    return spdlog::level::info;
}

/// Of base64url and the dots of a JWT.
std::size_t credential_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[length])) ||
            std::string_view("-_.~+/=").find(text[length]) != std::string_view::npos))
        ++length;
    return length;
}

} // namespace

std::string masked(std::string_view text) {
    constexpr std::size_t jwt_length_min = 20; // no header of one is shorter
    std::string out;
    while (!text.empty()) {
        std::size_t lead = 0, length = 0;
        for (std::string_view scheme : {"Bearer ", "bearer ", "Basic ", "basic "})
            if (text.starts_with(scheme))
                lead = scheme.size(), length = credential_length(text.substr(lead));
        if (lead == 0 && text.starts_with("eyJ") && credential_length(text) >= jwt_length_min)
            length = credential_length(text);
        if (length == 0) {
            out += text.front();
            text.remove_prefix(1);
            continue;
        }
        out.append(text.substr(0, lead)).append("[masked]");
        text.remove_prefix(lead + length);
    }
    return out;
}

void set_level(Level level) {
    logger().set_level(to_spdlog(level));
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    if (!logger().should_log(to_spdlog(level)))
        return;
    JsonWriter json;
    json.object().member("event", event);
    for (const Field& field : fields) {
        json.key(field.name.text);
        if (const auto* text = std::get_if<std::string_view>(&field.value))
            json.value(std::string_view(masked(*text)));
        else
            std::visit([&](auto v) { json.value(v); }, field.value);
    }
    json.end();
    std::string_view body = json.text();
    logger().log(to_spdlog(level),
                 body.substr(1, body.size() - 2)); // the pattern brings the braces
}

} // namespace bw::log
