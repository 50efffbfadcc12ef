#include "journal/nats_stream.hpp"

#include <algorithm>
#include <charconv>
#include <thread>

#include <fmt/format.h>
#include <nats/nats.h>

#include "base/ensure.hpp"

namespace bw::journal {

namespace {

using std::chrono::milliseconds;

constexpr Duration attempt_limit = 1s; // one request; a dead leader is asked once more then
constexpr Duration pause = 50ms;       // between two attempts
constexpr std::int64_t duplicates_ns = 120'000'000'000; // only saves a retry its second look
constexpr std::string_view described_as = "bellwether journal";

template <class T, void (*destroy)(T*)>
struct Destroy {
    void operator()(T* p) const { destroy(p); }
};
template <class T, void (*destroy)(T*)>
using Owned = std::unique_ptr<T, Destroy<T, destroy>>;

using Connection = Owned<natsConnection, natsConnection_Destroy>;
using Context = Owned<jsCtx, jsCtx_Destroy>;
using Message = Owned<natsMsg, natsMsg_Destroy>;
using Info = Owned<jsStreamInfo, jsStreamInfo_Destroy>;
using Ack = Owned<jsPubAck, jsPubAck_Destroy>;
using Options = Owned<natsOptions, natsOptions_Destroy>;

Error failed(std::string_view what, natsStatus status, jsErrCode code) {
    return fail(Code::unavailable, fmt::format("JetStream: {}: {} ({})", what,
                                               natsStatus_GetText(status), static_cast<int>(code)));
}

std::string description(const Manifest& manifest) {
    return fmt::format("{} {} {} {}", described_as, format_version, epoch_text(manifest.epoch),
                       manifest.cell);
}

/// nullopt if it was not made by us.
std::optional<std::pair<std::uint32_t, Manifest>> read_description(std::string_view text) {
    if (!text.starts_with(described_as))
        return std::nullopt;
    const std::string rest(text.substr(described_as.size()));
    std::uint32_t version = 0;
    Manifest manifest;
    int cell_at = 0;
    if (std::sscanf(rest.c_str(), " %u %16lx %n", &version, &manifest.epoch, &cell_at) != 2)
        return std::nullopt;
    manifest.cell = rest.substr(static_cast<std::size_t>(cell_at));
    return std::pair{version, std::move(manifest)};
}

class NatsStream final : public Stream {
public:
    NatsStream(NatsOptions options, const Clock& clock)
        : options_(std::move(options)), clock_(clock),
          subject_("bellwether.journal." + options_.stream) {}

    Result<void> open(Rng& rng) {
        const Deadline deadline = Deadline::in(clock_, options_.connect_deadline);
        CHECK_OK(connect(deadline));
        CHECK_OK(again_until(deadline, [&] { return take_stream(rng); }));
        return {};
    }

    const Manifest& manifest() const override { return manifest_; }
    std::size_t message_bytes_limit() const override { return message_bytes_limit_; }
    std::uint64_t message_cost(std::size_t bytes) const override {
        return bytes + subject_.size() + 256; // the record's frame, our two headers
    }
    std::uint64_t bytes_limit() const override { return bytes_limit_; }

    Result<void> append(std::uint64_t number, ByteView message, Deadline deadline) override;
    Result<Bytes> read(std::uint64_t number, Deadline deadline) const override;
    Result<StreamState> state(Deadline deadline) const override;
    Result<void> forget_before(std::uint64_t number, Deadline deadline) override;

private:
    Result<void> connect(Deadline deadline);
    Result<void> take_stream(Rng& rng);
    Result<void> publish(std::uint64_t number, ByteView message, Deadline deadline);
    /// Does exactly this message stand at `number`?
    Result<void> confirm(std::uint64_t number, ByteView message, Deadline deadline) const;
    Result<Bytes> read_once(std::uint64_t number, Deadline deadline) const;
    Result<Info> ask(Deadline deadline) const;
    Result<void> pass_through_quorum(Deadline deadline) const;

    /// Until it succeeds, fails otherwise than by `unavailable`, or the time is up.
    template <class Try>
    auto again_until(Deadline deadline, Try&& attempt) const -> decltype(attempt()) {
        for (;;) {
            auto done = attempt();
            if (done || done.error().code != Code::unavailable || deadline.expired(clock_))
                return done;
            std::this_thread::sleep_for(std::min(pause, deadline.remaining(clock_)));
        }
    }
    std::int64_t wait_ms(Deadline deadline) const {
        const Duration left = std::min(attempt_limit, deadline.remaining(clock_));
        return std::max<std::int64_t>(1, std::chrono::ceil<milliseconds>(left).count());
    }
    jsOptions request(Deadline deadline) const {
        jsOptions out;
        jsOptions_Init(&out);
        out.Wait = wait_ms(deadline);
        return out;
    }

    const NatsOptions options_;
    const Clock& clock_;
    const std::string subject_;
    Connection connection_;
    Context context_; // before the connection goes
    Manifest manifest_;
    std::size_t message_bytes_limit_ = 0;
    std::uint64_t bytes_limit_ = 0;
};

Result<void> NatsStream::connect(Deadline deadline) {
    natsOptions* made = nullptr;
    ENSURE(natsOptions_Create(&made) == NATS_OK, "out of memory");
    const Options options(made);
    std::vector<const char*> servers;
    for (const std::string& server : options_.servers)
        servers.push_back(server.c_str());
    if (natsOptions_SetServers(made, servers.data(), static_cast<int>(servers.size())) != NATS_OK)
        return fail(Code::invalid_field,
                    "expected nats://HOST:PORT or tls://HOST:PORT of each server",
                    "--journal-servers");
    // The library takes the scheme for no more than a port: without this it goes on in the clear.
    const auto secure = [](const std::string& server) { return server.starts_with("tls://"); };
    const bool any_secure = std::ranges::any_of(options_.servers, secure);
    if (any_secure && !std::ranges::all_of(options_.servers, secure))
        return fail(Code::invalid_field, "all servers by tls://, or none", "--journal-servers");
    if (any_secure && natsOptions_SetSecure(made, true) != NATS_OK)
        return fail(Code::unavailable, "the NATS library has no TLS");
    natsOptions_SetName(made, "bellwether journal");
    natsOptions_SetTimeout(made, 2000);
    natsOptions_SetMaxReconnect(made, -1);
    natsOptions_SetReconnectWait(made, 50);
    // A server that hangs without closing is left after a second.
    natsOptions_SetPingInterval(made, 500);
    natsOptions_SetMaxPingsOut(made, 2);
    natsOptions_SetSendAsap(made, true);
    if (!options_.credentials_file.empty() &&
        natsOptions_SetUserCredentialsFromFiles(made, options_.credentials_file.c_str(), nullptr) !=
            NATS_OK)
        return fail(Code::invalid_field, "cannot read the credentials", "--journal-credentials");
    return again_until(deadline, [&]() -> Result<void> {
        natsConnection* connection = nullptr;
        if (natsStatus s = natsConnection_Connect(&connection, made); s != NATS_OK)
            return failed("cannot connect to any server", s, {});
        connection_.reset(connection);
        jsCtx* context = nullptr;
        if (natsStatus s = natsConnection_JetStream(&context, connection, nullptr); s != NATS_OK)
            return failed("no context", s, {});
        context_.reset(context);
        return {};
    });
}

Result<void> NatsStream::take_stream(Rng& rng) {
    const Deadline deadline = Deadline::in(clock_, attempt_limit * 5);
    jsOptions wait = request(deadline);
    wait.Wait = 5000; // making one takes an election
    jsStreamInfo* found = nullptr;
    jsErrCode code{};
    natsStatus status =
        js_GetStreamInfo(&found, context_.get(), options_.stream.c_str(), &wait, &code);
    const bool absent = status == NATS_NOT_FOUND || code == JSStreamNotFoundErr;
    if (absent && !options_.create)
        return fail(Code::not_found, "there is no stream " + options_.stream, "--journal-stream");
    if (absent) {
        const Manifest made{.epoch = rng.u64(), .first_segment = 1, .cell = options_.cell};
        const std::string text = description(made);
        const char* subjects[] = {subject_.c_str()};
        jsStreamConfig config;
        jsStreamConfig_Init(&config);
        config.Name = options_.stream.c_str();
        config.Description = text.c_str();
        config.Subjects = subjects;
        config.SubjectsLen = 1;
        config.Storage = js_FileStorage;
        config.Retention = js_LimitsPolicy;
        config.Discard = js_DiscardNew; // nothing old is ever dropped for something new
        config.MaxBytes = static_cast<std::int64_t>(options_.bytes_limit);
        config.Replicas = options_.replicas;
        config.Duplicates = duplicates_ns;
        config.DenyDelete = true;
        status = js_AddStream(&found, context_.get(), &config, &wait, &code);
    }
    if (code == JSClusterNoPeersErr || code == JSStorageResourcesExceededErr ||
        code == JSInsufficientResourcesErr)
        return fail(
            Code::unavailable,
            fmt::format("JetStream cannot place the stream {}: it takes {} bytes on each of "
                        "{} servers; start more, raise their max_file, or lower "
                        "--journal-bytes-limit",
                        options_.stream, options_.bytes_limit, options_.replicas));
    if (status != NATS_OK)
        return failed("no stream " + options_.stream, status, code);
    const Info info(found);
    const jsStreamConfig& config = *info->Config;
    auto described = read_description(config.Description ? config.Description : "");
    auto conflict = [&](const std::string& why) {
        return fail(Code::conflict, fmt::format("the stream {} {}", options_.stream, why),
                    "--journal-stream");
    };
    if (!described)
        return conflict("is no journal of ours");
    if (described->first != format_version)
        return conflict(fmt::format("is a journal of format {}, this program reads {}",
                                    described->first, format_version));
    if (described->second.cell != options_.cell)
        return conflict(fmt::format("belongs to cell '{}', the configuration says '{}'",
                                    described->second.cell, options_.cell));
    if (config.Replicas < options_.replicas)
        return conflict(fmt::format("has {} replicas, the configuration wants {}", config.Replicas,
                                    options_.replicas));
    if (config.Storage != js_FileStorage || config.Discard != js_DiscardNew || config.MaxAge != 0 ||
        config.MaxMsgs > 0)
        return conflict("was changed: it must keep files, without a limit of age or messages, and "
                        "discard new ones");
    manifest_ = std::move(described->second);
    bytes_limit_ =
        config.MaxBytes > 0 ? static_cast<std::uint64_t>(config.MaxBytes) : options_.bytes_limit;
    message_bytes_limit_ =
        static_cast<std::size_t>(natsConnection_GetMaxPayload(connection_.get())) - 1024;
    return {};
}

Result<void> NatsStream::append(std::uint64_t number, ByteView message, Deadline deadline) {
    return again_until(deadline, [&] { return publish(number, message, deadline); });
}

Result<void> NatsStream::publish(std::uint64_t number, ByteView message, Deadline deadline) {
    const std::string id = fmt::format("{}-{}", epoch_text(manifest_.epoch), number);
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MaxWait = wait_ms(deadline);
    options.MsgId = id.c_str();
    // Whoever else has this stream open finds that he is not alone.
    if (number == 1)
        options.ExpectNoMessage = true;
    else
        options.ExpectLastSeq = number - 1;
    jsPubAck* answered = nullptr;
    jsErrCode code{};
    const natsStatus status =
        js_Publish(&answered, context_.get(), subject_.c_str(), message.data(),
                   static_cast<int>(message.size()), &options, &code);
    const Ack ack(answered);
    if (status == NATS_OK && !ack->Duplicate && ack->Sequence == number)
        return {};
    // A retry of what stands there already, or somebody else's: the message itself tells.
    if (status == NATS_OK || code == JSStreamWrongLastSequenceErr)
        return confirm(number, message, deadline);
    return failed("not acknowledged", status, code);
}

Result<void> NatsStream::confirm(std::uint64_t number, ByteView message, Deadline deadline) const {
    auto stored = read_once(number, deadline);
    if (!stored && stored.error().code == Code::not_found)
        return failed("not there yet", NATS_NOT_FOUND, {});
    if (!stored)
        return std::move(stored).error();
    if (*stored != message)
        return fail(Code::conflict,
                    fmt::format("another process writes to the stream {}: its message {} is not "
                                "ours",
                                options_.stream, number));
    return {};
}

Result<Bytes> NatsStream::read_once(std::uint64_t number, Deadline deadline) const {
    jsOptions wait = request(deadline);
    natsMsg* found = nullptr;
    jsErrCode code{};
    const natsStatus status =
        js_GetMsg(&found, context_.get(), options_.stream.c_str(), number, &wait, &code);
    if (status == NATS_NOT_FOUND || code == JSNoMessageFoundErr)
        return fail(Code::not_found, fmt::format("the stream has no message {}", number));
    if (status != NATS_OK)
        return failed("cannot read", status, code);
    const Message message(found);
    return Bytes(natsMsg_GetData(found), static_cast<std::size_t>(natsMsg_GetDataLength(found)));
}

/// Whoever asks knows that it is there: a leader that has just been elected may not have it yet.
Result<Bytes> NatsStream::read(std::uint64_t number, Deadline deadline) const {
    std::optional<Error> absent;
    auto found = again_until(deadline, [&] {
        auto once = read_once(number, deadline);
        absent.reset();
        if (!once && once.error().code == Code::not_found) {
            absent = once.error();
            once.error().code = Code::unavailable;
        }
        return once;
    });
    if (!found && absent)
        return *std::move(absent);
    return found;
}

Result<Info> NatsStream::ask(Deadline deadline) const {
    jsOptions wait = request(deadline);
    jsStreamInfo* found = nullptr;
    jsErrCode code{};
    const natsStatus status =
        js_GetStreamInfo(&found, context_.get(), options_.stream.c_str(), &wait, &code);
    if (status != NATS_OK)
        return failed("no state", status, code);
    return Info(found);
}

/// A purge that keeps everything. It goes the way of a message: who answers it has applied all that
/// the quorum had acknowledged before.
Result<void> NatsStream::pass_through_quorum(Deadline deadline) const {
    jsOptions wait = request(deadline);
    wait.Stream.Purge.Keep = 1ull << 62;
    jsErrCode code{};
    const natsStatus status = js_PurgeStream(context_.get(), options_.stream.c_str(), &wait, &code);
    if (status != NATS_OK)
        return failed("no quorum answers", status, code);
    return {};
}

/// The state that a leader shows just after its election may lack what is acknowledged.
Result<StreamState> NatsStream::state(Deadline deadline) const {
    auto leader = [](const Info& info) {
        return std::string(info->Cluster && info->Cluster->Leader ? info->Cluster->Leader : "");
    };
    return again_until(deadline, [&]() -> Result<StreamState> {
        const Info before = TRY(ask(deadline));
        CHECK_OK(pass_through_quorum(deadline));
        const Info after = TRY(ask(deadline));
        if (leader(before) != leader(after))
            return failed("another leader was elected meanwhile", NATS_ERR, {});
        const jsStreamState& state = after->State;
        return StreamState{std::max<std::uint64_t>(1, state.FirstSeq), state.LastSeq, state.Bytes};
    });
}

Result<void> NatsStream::forget_before(std::uint64_t number, Deadline deadline) {
    // A purge up to 0 or 1 is one of everything.
    if (number <= 1)
        return {};
    return again_until(deadline, [&]() -> Result<void> {
        jsOptions wait = request(deadline);
        wait.Stream.Purge.Sequence = number;
        jsErrCode code{};
        const natsStatus status =
            js_PurgeStream(context_.get(), options_.stream.c_str(), &wait, &code);
        if (status != NATS_OK)
            return failed("cannot forget", status, code);
        return {};
    });
}

} // namespace

Result<std::unique_ptr<Stream>> open_nats_stream(NatsOptions options, const Clock& clock,
                                                 Rng& rng) {
    const bool named = !options.stream.empty() && std::ranges::all_of(options.stream, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
    });
    if (!named)
        return fail(Code::invalid_field, "expected letters, digits, '-' and '_'",
                    "--journal-stream");
    auto stream = std::make_unique<NatsStream>(std::move(options), clock);
    CHECK_OK(stream->open(rng));
    return stream;
}

} // namespace bw::journal
