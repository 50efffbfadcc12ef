#include "mail/smtp.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>

#include "base/ensure.hpp"

namespace bw::mail {

namespace {

/// What went back and forth about one mail, as far as the verdict needs it.
struct Dialogue {
    enum class Stage : std::uint8_t { hello, sender, recipient, content, content_sent };
    Stage stage = Stage::hello;
    std::string refusal; // the last reply of 4xx or 5xx; others may follow it
    ByteView unsent;
};

bool begins(std::string_view line, std::string_view verb) {
    return line.substr(0, verb.size()) == verb;
}

/// libcurl's trace of the commands it sends: which one a reply belongs to.
int on_trace(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
    auto& dialogue = *static_cast<Dialogue*>(user);
    if (type != CURLINFO_HEADER_OUT)
        return 0;
    const std::string_view line(data, size);
    using Stage = Dialogue::Stage;
    if (begins(line, "MAIL FROM"))
        dialogue.stage = Stage::sender;
    else if (begins(line, "RCPT TO"))
        dialogue.stage = Stage::recipient;
    else if (begins(line, "DATA"))
        dialogue.stage = Stage::content;
    return 0;
}

std::size_t on_reply(char* data, std::size_t size, std::size_t count, void* user) {
    if (size * count > 0 && (*data == '4' || *data == '5'))
        static_cast<Dialogue*>(user)->refusal.assign(data, size * count);
    return size * count;
}

std::size_t on_body(char*, std::size_t size, std::size_t count, void*) {
    return size * count; // SMTP has none; what a server adds is dropped
}

std::size_t on_read(char* out, std::size_t size, std::size_t count, void* user) {
    auto& dialogue = *static_cast<Dialogue*>(user);
    const std::size_t take = std::min(size * count, dialogue.unsent.size());
    std::copy_n(dialogue.unsent.data(), take, out);
    dialogue.unsent.remove_prefix(take);
    if (dialogue.unsent.empty())
        dialogue.stage = Dialogue::Stage::content_sent;
    return take;
}

/// "5.1.1" out of "550 5.1.1 No such user"; RFC 3463: class, subject and detail, one to three
/// digits the latter two.
std::optional<std::string> enhanced_status(std::string_view reply) {
    if (reply.size() < 9)
        return std::nullopt;
    const std::string_view word = reply.substr(4, reply.find_first_of(" \r\n", 4) - 4);
    const bool good = word.size() >= 5 && word.size() <= 9 &&
                      (word[0] == '2' || word[0] == '4' || word[0] == '5') && word[1] == '.' &&
                      std::ranges::count(word, '.') == 2 &&
                      word.find_first_not_of("0123456789.") == std::string_view::npos &&
                      word.back() != '.';
    return good ? std::optional(std::string(word)) : std::nullopt;
}

class CurlSmtp final : public Smtp {
public:
    explicit CurlSmtp(SmtpOptions options) : options_(std::move(options)) {
        static std::once_flag once;
        std::call_once(once, [] {
            ENSURE(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl starts");
        });
        curl_.reset(curl_easy_init());
        ENSURE(curl_, "libcurl has memory");
        set(CURLOPT_URL, options_.url.c_str());
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        set(CURLOPT_PROXY, "");
        set(CURLOPT_TIMEOUT_MS, milliseconds(options_.send_limit));
        set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(std::min<Duration>(options_.send_limit, 10s)));
        set(CURLOPT_USE_SSL,
            static_cast<long>(options_.require_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
        if (!options_.ca_file.empty())
            set(CURLOPT_CAINFO, options_.ca_file.c_str());
        if (!options_.user.empty()) {
            set(CURLOPT_USERNAME, options_.user.c_str());
            set(CURLOPT_PASSWORD, options_.password.c_str());
        }
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_READFUNCTION, &on_read);
        set(CURLOPT_HEADERFUNCTION, &on_reply);
        set(CURLOPT_WRITEFUNCTION, &on_body);
        set(CURLOPT_DEBUGFUNCTION, &on_trace);
        set(CURLOPT_VERBOSE, 1L);
    }

    Delivery send(std::string_view from, std::string_view to, ByteView message) override {
        Dialogue dialogue{.unsent = message};
        set(CURLOPT_READDATA, &dialogue);
        set(CURLOPT_HEADERDATA, &dialogue);
        set(CURLOPT_DEBUGDATA, &dialogue);
        const std::string sender = "<" + std::string(from) + ">";
        set(CURLOPT_MAIL_FROM, sender.c_str());
        const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> recipients(
            curl_slist_append(nullptr, ("<" + std::string(to) + ">").c_str()),
            &curl_slist_free_all);
        set(CURLOPT_MAIL_RCPT, recipients.get());
        const CURLcode result = curl_easy_perform(curl_.get());
        set(CURLOPT_MAIL_RCPT, static_cast<curl_slist*>(nullptr));
        return verdict(result, dialogue);
    }

private:
    template <class Value>
    void set(CURLoption option, Value value) {
        ENSURE(curl_easy_setopt(curl_.get(), option, value) == CURLE_OK,
               "libcurl knows the option");
    }
    static long milliseconds(Duration d) {
        return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(d).count());
    }

    Delivery verdict(CURLcode result, const Dialogue& dialogue) {
        using Outcome = Delivery::Outcome;
        using Stage = Dialogue::Stage;
        long code = 0;
        curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &code);
        Delivery delivery{Outcome::accepted, std::nullopt, std::nullopt,
                          curl_easy_strerror(result)};
        if (code > 0)
            delivery.code = static_cast<int>(code);
        delivery.status = enhanced_status(dialogue.refusal);
        if (result == CURLE_OK)
            return delivery;
        const bool about_this_mail = dialogue.stage >= Stage::recipient;
        const bool said_no = about_this_mail && code >= 400 && code <= 599;
        if (said_no)
            delivery.outcome = code >= 500 ? Outcome::refused : Outcome::postponed;
        else
            delivery.outcome =
                dialogue.stage == Stage::content_sent ? Outcome::unknown : Outcome::unreachable;
        return delivery;
    }

    const SmtpOptions options_;
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_{nullptr, &curl_easy_cleanup};
};

} // namespace

Result<std::unique_ptr<Smtp>> Smtp::make(SmtpOptions options) {
    const bool known = options.url.starts_with("smtp://") || options.url.starts_with("smtps://");
    if (!known || options.url.find("://") + 3 == options.url.size() ||
        options.url.find('@') != std::string::npos)
        return fail(Code::invalid_field,
                    "expected smtp://HOST:PORT or smtps://HOST:PORT, without a user in it", "smtp");
    return std::make_unique<CurlSmtp>(std::move(options));
}

} // namespace bw::mail
