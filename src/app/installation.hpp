// An installation on disk: where its parts keep their files, and its secrets (0600, never logged).
//
// clang-format off
//   <data>/pg/        the private cluster       <data>/journal/  the intake journal
//   <data>/tree/      its tree log              <data>/keys/     what the archive is sealed under
//   <data>/erasures   who was erased            <data>/copies/   of other nodes' journals
//   <data>/files/     what was uploaded
//   <data>/reports/   what reports are read from
//   <data>/secrets/   keys and passwords        <data>/run/      serve.pid, address, directory,
//                                                                replica, admin-address,
//                                                                revocations, signing-keys; in
//                                                                report/ the same of a process of
//                                                                role report alone
// clang-format on
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/secret_box.hpp"
#include "base/time.hpp"
#include "submissions/heads.hpp"

namespace bw::app {

/// What receipts are signed with, and what earlier ones verify under.
struct ReceiptKeys {
    SigningKey current;
    std::vector<submissions::ReceiptKey> retired; // the latest first
    /// All of them, the current one first.
    std::vector<submissions::ReceiptKey> published() const;
};

class Installation {
public:
    /// Makes the directories if they are absent.
    static Result<Installation> open(const std::filesystem::path& data);
    /// The same one for a process that runs beside the one whose `run` it is: what processes say of
    /// themselves is in `run/NAME`.
    Result<Installation> beside(std::string_view name) const;
    /// $BW_DATA, else /var/lib/bellwether for root, else ~/.local/share/bellwether.
    static std::filesystem::path default_data();

    std::filesystem::path cluster() const { return data_ / "pg"; }
    std::filesystem::path journal() const { return data_ / "journal"; }
    std::filesystem::path tree_log() const { return data_ / "tree"; }
    std::filesystem::path activity_journal() const { return data_ / "activity"; }
    /// Who was erased: outside the database, so that no backup brings them back.
    std::filesystem::path erasures() const { return data_ / "erasures"; }
    /// Of persons, that the archive is sealed under.
    std::filesystem::path person_keys() const { return data_ / "keys"; }
    /// What was uploaded, unless it lies elsewhere.
    std::filesystem::path files() const { return data_ / "files"; }
    /// The busiest minutes of past weeks.
    std::filesystem::path peaks_file() const { return data_ / "peaks"; }
    std::filesystem::path recordings() const { return data_ / "recordings"; } // while one is made
    std::filesystem::path reports() const { return data_ / "reports"; }       // of role report
    std::filesystem::path storm_reports() const { return data_ / "storm-reports"; }
    /// Of other nodes' journals.
    std::filesystem::path copies() const { return data_ / "copies"; }
    std::filesystem::path pid_file() const { return run_ / "serve.pid"; }
    std::filesystem::path address_file() const { return run_ / "address"; }
    /// The tenant directory as `serve` last saw it.
    std::filesystem::path directory_file() const { return run_ / "directory"; }
    /// What was ended early, as `serve` last knew it.
    std::filesystem::path revocations_file() const { return run_ / "revocations"; }
    /// What access tokens are signed with, sealed, as `serve` last knew it.
    std::filesystem::path signing_keys_file() const { return run_ / "signing-keys"; }
    std::filesystem::path replica_file() const { return data_ / "run" / "replica"; }
    std::filesystem::path admin_address_file() const { return run_ / "admin-address"; }

    /// The Ed25519 key of that name ("receipt", "audit"); made at first use.
    Result<SigningKey> key(std::string_view name, Rng& rng) const;
    /// The 256 random bits of that name ("refresh", "vouchers"); made at first use.
    Result<SecretKey> secret_key(std::string_view name, Rng& rng) const;
    /// What the private halves of token keys are sealed under; made at first use.
    Result<SecretKey> master_key(Rng& rng) const;
    /// What routing hints are made with; made at first use. Of an installation that has
    /// former_token_key(): made of that, as hints were then.
    Result<SecretKey> routing_key(Rng& rng) const;
    struct FormerTokenKey {
        SigningKey key;
        Instant since;
    };
    /// The key in a file of its own that access tokens were signed with before the database had
    /// them; nullopt: there is none. It goes once the database has it.
    Result<std::optional<FormerTokenKey>> former_token_key() const;
    Result<void> forget_former_token_key() const;
    Result<ReceiptKeys> receipt_keys(Rng& rng) const;
    /// The same for the process that signs, at its start: if prepare_receipt_key() was called, that
    /// key takes over and the one before is retired as of `now`.
    Result<ReceiptKeys> next_receipt_keys(Instant now, Rng& rng) const;
    /// Makes the key that takes over at the next start; conflict if one waits already.
    Result<PublicKey> prepare_receipt_key(Rng& rng) const;
    /// A password of 256 random bits; made at first use.
    Result<std::string> password(std::string_view role, Rng& rng) const;
    std::filesystem::path password_file(std::string_view role) const {
        return secret_file(std::string(role) + ".password");
    }
    /// The file with the secret behind TLS session tickets; made at first use.
    Result<std::filesystem::path> ticket_secret_file(Rng& rng) const;
    /// What the operator has put into secrets/smtp.password.
    Result<std::string> smtp_password() const;
    /// What the operator has put into secrets/s3.secret.
    Result<std::string> s3_secret() const;
    /// What the operator has put into secrets/livekit.secret.
    Result<std::string> livekit_secret() const;
    /// How a role reaches the database; written by `bellwether up` for the private cluster, or by
    /// an operator for another one. May list several hosts, of which one takes writes.
    Result<std::string> conninfo(std::string_view role) const;
    /// How it reaches a standby to read from; nullopt if there is none.
    std::optional<std::string> replica_conninfo(std::string_view role) const;
    /// Both; without `replica` what was known of one is forgotten.
    Result<void> set_conninfo(std::string_view role, const std::string& conninfo,
                              const std::optional<std::string>& replica) const;

    /// Replaces a file whole: readers see the old or the new.
    static Result<void> write_file(const std::filesystem::path& path, std::string_view content,
                                   bool secret);
    static Result<std::string> read_file(const std::filesystem::path& path);

private:
    explicit Installation(std::filesystem::path data) : data_(std::move(data)) {}
    std::filesystem::path secret_file(std::string_view name) const {
        return data_ / "secrets" / name;
    }
    Result<std::string> secret(std::string_view name, Rng& rng) const;
    Result<void> make_secret(std::string_view name, const std::string& text) const;
    std::filesystem::path data_, run_ = data_ / "run";
};

} // namespace bw::app
