#include "net/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ensure.hpp"
#include "net/text.hpp"

namespace bw::net {

namespace {

std::string_view reason(int status) {
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 303:
        return "See Other";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 412:
        return "Precondition Failed";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 416:
        return "Range Not Satisfiable";
    case 422:
        return "Unprocessable Content";
    case 426:
        return "Upgrade Required";
    case 428:
        return "Precondition Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 460:
        return "Checksum Mismatch";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    default:
        return "Status"; // the phrase means nothing to anybody
    }
}

void append_number(std::string& out, std::size_t n) {
    std::array<char, 20> digits;
    auto end = fmt::format_to(digits.data(), "{}", n);
    out.append(digits.data(), end);
}

void check_header(std::string_view name, std::string_view value) {
    ENSURE(!name.empty() && std::ranges::all_of(name, is_token_char),
           "a header name that is no token");
    ENSURE(std::ranges::all_of(value, is_value_char), "a control character in a header value");
    for (std::string_view ours : {"Content-Length", "Content-Type", "Transfer-Encoding",
                                  "Connection", "Date", "Request-Id", "X-Content-Type-Options"})
        ENSURE(!same_name(name, ours), "a header that the server sets itself");
}

} // namespace

void append_answer(std::string& out, const Response& response, const AnswerFrame& frame) {
    ENSURE(response.status >= 200 && response.status <= 599, "not a final status");
    bool bodiless = response.status == 204 || response.status == 304;
    ENSURE(!bodiless || (response.body.empty() && !response.source),
           "a status that allows no body");
    out.reserve(out.size() + 256 + response.body.size());
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(response.status));
    out += ' ';
    out += reason(response.status);
    out += "\r\nDate: ";
    out += frame.date;
    if (!bodiless) {
        out += "\r\nContent-Type: ";
        out += response.content_type;
        out += "\r\nContent-Length: ";
        append_number(out, response.source ? static_cast<std::size_t>(response.source_bytes)
                                           : response.body.size());
    }
    out += "\r\nRequest-Id: ";
    out += frame.request_id;
    bool cache_control = false, content_security_policy = false;
    for (const auto& [name, value] : response.headers) {
        check_header(name, value);
        cache_control = cache_control || same_name(name, "Cache-Control");
        content_security_policy =
            content_security_policy || same_name(name, "Content-Security-Policy");
        out += "\r\n";
        out += name;
        out += ": ";
        out += value;
    }
    if (!cache_control)
        out += "\r\nCache-Control: no-store";
    out += "\r\nX-Content-Type-Options: nosniff";
    if (!content_security_policy) // data is not a page: nothing runs in it, and nobody frames it
        out += "\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'";
    // A server that names Upgrade names it in Connection too (RFC 9110 7.8).
    if (response.status == 426)
        out += frame.keep_alive ? "\r\nConnection: Upgrade" : "\r\nConnection: Upgrade, close";
    else if (!frame.keep_alive)
        out += "\r\nConnection: close";
    else if (!frame.http_1_1)
        out += "\r\nConnection: keep-alive";
    out += "\r\n\r\n";
    if (!frame.head_only)
        out += response.body;
}

std::string http_date(Instant now) {
    using namespace std::chrono;
    sys_seconds at{floor<seconds>(milliseconds(now.ms))};
    auto day = floor<days>(at);
    year_month_day date{day};
    hh_mm_ss time{at - day};
    static constexpr std::array<const char*, 7> day_names{"Sun", "Mon", "Tue", "Wed",
                                                          "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> month_names{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                       day_names[weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                       month_names[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                       time.seconds().count());
}

} // namespace bw::net
