#include "app/installation.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/line_file.hpp"

namespace bw::app {

namespace fs = std::filesystem;

namespace {

constexpr const char* retired_receipt_keys = "receipt.retired.json";
constexpr const char* next_receipt_key = "receipt.next.key";
constexpr const char* former_token_key_file = "token.key";

Error system_error(std::string_view doing, const fs::path& path) {
    return fail(Code::unavailable,
                std::string(doing) + " " + path.string() + ": " + std::strerror(errno));
}

Result<void> make_directory(const fs::path& path, mode_t mode) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
        return system_error("cannot make", path);
    return {};
}

} // namespace

fs::path Installation::default_data() {
    if (const char* set = std::getenv("BW_DATA"); set && *set)
        return set;
    if (geteuid() == 0)
        return "/var/lib/bellwether";
    const char* home = std::getenv("HOME");
    return fs::path(home ? home : ".") / ".local/share/bellwether";
}

Result<Installation> Installation::open(const fs::path& data) {
    fs::path absolute = fs::absolute(data).lexically_normal();
    CHECK_OK(make_directory(absolute, 0711)); // the cluster's own user passes through
    for (const char* name : {"secrets", "journal", "run"})
        CHECK_OK(make_directory(absolute / name, 0700));
    return Installation(absolute);
}

Result<Installation> Installation::beside(std::string_view name) const {
    Installation out = *this;
    out.run_ = run_ / name;
    CHECK_OK(make_directory(out.run_, 0700));
    return out;
}

Result<SigningKey> Installation::key(std::string_view name, Rng& rng) const {
    return SigningKey::from_seed(TRY(secret_key(name, rng)));
}

Result<SecretKey> Installation::secret_key(std::string_view name, Rng& rng) const {
    std::string text = TRY(secret(std::string(name) + ".key", rng));
    auto bits = to_array<32>(from_hex(text).value_or(""));
    if (!bits)
        return fail(Code::corrupt, "the file does not hold a key of 64 hexadecimal digits",
                    secret_file(std::string(name) + ".key"));
    return *bits;
}

Result<SecretKey> Installation::master_key(Rng& rng) const {
    return secret_key("master", rng);
}

Result<SecretKey> Installation::routing_key(Rng& rng) const {
    constexpr std::string_view name = "routing.key";
    if (!fs::exists(secret_file(name)))
        if (const auto former = TRY(former_token_key()))
            CHECK_OK(make_secret(
                name, to_hex(view(sha256(view(former->key.sign("bellwether routing hints")))))));
    return secret_key("routing", rng);
}

Result<std::optional<Installation::FormerTokenKey>> Installation::former_token_key() const {
    const fs::path file = secret_file(former_token_key_file);
    struct stat about{};
    if (::stat(file.c_str(), &about) != 0)
        return std::optional<FormerTokenKey>();
    auto seed = to_array<32>(from_hex(TRY(read_file(file))).value_or(""));
    if (!seed)
        return fail(Code::corrupt, "the file does not hold a key of 64 hexadecimal digits", file);
    return std::optional(FormerTokenKey{SigningKey::from_seed(*seed),
                                        Instant{static_cast<std::int64_t>(about.st_mtime) * 1000}});
}

Result<void> Installation::forget_former_token_key() const {
    std::error_code error;
    fs::remove(secret_file(former_token_key_file), error);
    if (error)
        return fail(Code::unavailable, "cannot remove the key that the database has now",
                    secret_file(former_token_key_file));
    return {};
}

std::vector<submissions::ReceiptKey> ReceiptKeys::published() const {
    std::vector<submissions::ReceiptKey> all{current.public_key()};
    all.insert(all.end(), retired.begin(), retired.end());
    return all;
}

Result<ReceiptKeys> Installation::receipt_keys(Rng& rng) const {
    ReceiptKeys keys{TRY(key("receipt", rng)), {}};
    const fs::path file = secret_file(retired_receipt_keys);
    if (fs::exists(file)) {
        auto retired = submissions::read_receipt_key_set(TRY(read_file(file)));
        if (!retired)
            return fail(Code::corrupt,
                        "the retired receipt keys cannot be read: " + retired.error().detail, file);
        keys.retired = *std::move(retired);
    }
    return keys;
}

Result<ReceiptKeys> Installation::next_receipt_keys(Instant now, Rng& rng) const {
    ReceiptKeys keys = TRY(receipt_keys(rng));
    if (!fs::exists(secret_file(next_receipt_key)))
        return keys;
    // First known as retired, then replaced: a crash in between leaves it in both, for a moment.
    if (keys.retired.empty() || keys.retired.front().key != keys.current.public_key())
        keys.retired.insert(keys.retired.begin(), {keys.current.public_key(), now});
    keys.retired.front().retired_at = now;
    CHECK_OK(write_file(secret_file(retired_receipt_keys),
                        submissions::receipt_key_set(keys.retired), true));
    CHECK_OK(write_file(secret_file("receipt.key"), TRY(read_file(secret_file(next_receipt_key))),
                        true));
    std::error_code error;
    if (!fs::remove(secret_file(next_receipt_key), error))
        return fail(Code::unavailable, "cannot remove the key that has taken over",
                    secret_file(next_receipt_key));
    return receipt_keys(rng);
}

Result<PublicKey> Installation::prepare_receipt_key(Rng& rng) const {
    if (fs::exists(secret_file(next_receipt_key)))
        return fail(Code::conflict, "a key waits already; it takes over at the next start");
    return TRY(key("receipt.next", rng)).public_key();
}

Result<std::string> Installation::password(std::string_view role, Rng& rng) const {
    return secret(std::string(role) + ".password", rng);
}

Result<std::filesystem::path> Installation::ticket_secret_file(Rng& rng) const {
    TRY(secret("tickets.key", rng));
    return secret_file("tickets.key");
}

namespace {

/// One line that an operator wrote; `what` it is and which option asks for it go into the error.
Result<std::string> line_of(const fs::path& file, const std::string& what, const char* option) {
    auto text = Installation::read_file(file);
    if (!text)
        return fail(Code::invalid_field,
                    "put " + what + ", one line, into " + file.string() +
                        ", readable by the server's user alone",
                    option);
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r'))
        text->pop_back();
    return text;
}

} // namespace

Result<std::string> Installation::smtp_password() const {
    return line_of(secret_file("smtp.password"), "the mail account's password", "--smtp-user");
}

Result<std::string> Installation::s3_secret() const {
    return line_of(secret_file("s3.secret"), "the S3 account's secret key", "--s3-endpoint");
}

Result<std::string> Installation::livekit_secret() const {
    return line_of(secret_file("livekit.secret"), "the secret of LiveKit's API key",
                   "--rooms-livekit");
}

Result<std::string> Installation::conninfo(std::string_view role) const {
    auto text = read_file(secret_file(std::string(role) + ".conninfo"));
    if (!text)
        return fail(
            Code::unavailable,
            "no database is set up in this data directory; start one with 'bellwether up --data " +
                data_.string() + "'");
    return text;
}

std::optional<std::string> Installation::replica_conninfo(std::string_view role) const {
    auto text = read_file(secret_file(std::string(role) + ".replica.conninfo"));
    return text ? std::optional(*std::move(text)) : std::nullopt;
}

Result<void> Installation::set_conninfo(std::string_view role, const std::string& conninfo,
                                        const std::optional<std::string>& replica) const {
    const fs::path replica_file = secret_file(std::string(role) + ".replica.conninfo");
    std::error_code error;
    if (replica)
        CHECK_OK(write_file(replica_file, *replica, true));
    else
        fs::remove(replica_file, error);
    return write_file(secret_file(std::string(role) + ".conninfo"), conninfo, true);
}

Result<std::string> Installation::secret(std::string_view name, Rng& rng) const {
    const fs::path path = secret_file(name);
    if (fs::exists(path))
        return read_file(path);
    CHECK_OK(make_secret(name, to_hex(view(rng.bytes<32>()))));
    return read_file(path);
}

/// Of several processes that make the same one at once, one does; all then read it.
Result<void> Installation::make_secret(std::string_view name, const std::string& text) const {
    const fs::path path = secret_file(name);
    static std::atomic<int> made = 0; // so that threads do not share it either
    const fs::path mine =
        path.string() + "." + std::to_string(getpid()) + "-" + std::to_string(++made);
    CHECK_OK(write_file(mine, text, true));
    const bool linked = ::link(mine.c_str(), path.c_str()) == 0 || errno == EEXIST;
    const Error error = system_error("cannot write", path);
    ::unlink(mine.c_str());
    if (!linked)
        return error;
    return sync_directory(path.parent_path());
}

Result<void> Installation::write_file(const fs::path& path, std::string_view content, bool secret) {
    const fs::path fresh = path.string() + ".new";
    int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644);
    if (fd < 0)
        return system_error("cannot write", fresh);
    const bool written =
        ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
        fsync(fd) == 0;
    close(fd);
    if (!written || rename(fresh.c_str(), path.c_str()) != 0)
        return system_error("cannot write", path);
    // The name too: a signing key that a power cut takes back leaves receipts that nobody can
    // verify.
    return sync_directory(path.parent_path());
}

Result<std::string> Installation::read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        return system_error("cannot read", path);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

} // namespace bw::app
