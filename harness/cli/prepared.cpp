#include "harness/cli/prepared.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <openssl/rand.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "harness/transfer/transfer.hpp"
#include "harness/transfer/transfer_log.hpp"
#include "probes/core/shell_word.hpp"

namespace drydock::cli {

void print(const std::vector<Diagnostic>& diagnostics) {
  const bool refused =
      std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& one) { return one.is_error; });
  for (const auto& diagnostic : diagnostics)
    if (diagnostic.is_error || !refused) fmt::print(std::cerr, "{}\n", format(diagnostic));
}

std::map<std::string, std::string> assignments(const std::vector<std::string>& arguments, const std::string& option) {
  std::map<std::string, std::string> values;
  for (const auto& argument : arguments) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError(fmt::format("{} {}: not NAME=VALUE", option, argument));
    values[argument.substr(0, equals)] = argument.substr(equals + 1);
  }
  return values;
}

Redactor redactor_for(const Scenario& scenario) {
  Redactor redactor;
  for (const auto& definition : scenario.secrets)
    if (definition.secret.available()) redactor.add(definition.secret.reveal());
  return redactor;
}

std::string new_token() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  unsigned char octets[16];
  if (RAND_bytes(octets, sizeof octets) != 1) throw std::runtime_error("the system gives no random octets");
  std::string token;
  for (const unsigned char octet : octets) token += kLetters[octet % kLetters.size()];
  return token;
}

namespace {

/// Takes the warnings about the scenario's file out, and tells how many there were.
std::vector<Diagnostic> counted(std::vector<Diagnostic> diagnostics, const ScenarioOptions& options,
                                const std::string& arguments) {
  const auto count = std::erase_if(diagnostics, [&](const Diagnostic& diagnostic) {
    return !diagnostic.is_error && diagnostic.where.file == options.file;
  });
  const bool refused =
      std::any_of(diagnostics.begin(), diagnostics.end(), [](const auto& one) { return one.is_error; });
  if (count > 0 && !refused)
    fmt::print(std::cerr, "{}: {} warning{}; to read {}: drydock check {}{}{}\n", options.file, count,
               count == 1 ? "" : "s", count == 1 ? "it" : "them", shell_word(options.file),
               arguments.empty() ? "" : " ", arguments);
  return diagnostics;
}

/// Null where there is no journal yet.
std::shared_ptr<TransferLog> read_log(const ScenarioOptions& options, const std::string& journal) {
  try {
    if (!journal_exists(journal)) return nullptr;
    return std::make_shared<TransferLog>(TransferLog::read(journal));
  } catch (const JournalDamaged& error) {
    const std::string elsewhere = options.journal.empty() ? "" : " --journal " + shell_word(options.journal);
    const std::string history = fmt::format("drydock history {}{}", shell_word(options.file), elsewhere);
    throw JournalError(fmt::format("{}\nevery problem of it: {} --verify; what it holds all the same: {}", error.what(),
                                   history, history));
  }
}

}  // namespace

Prepared prepare(const ScenarioOptions& options, Warnings warnings) {
  Prepared prepared;
  prepared.journal = options.journal.empty() ? default_journal(options.file) : options.journal;
  for (const auto& [option, values] : {std::pair("--vars", &options.vars), std::pair("--set", &options.set)})
    for (const auto& value : *values)
      prepared.arguments += fmt::format("{}{} {}", prepared.arguments.empty() ? "" : " ", option, shell_word(value));
  prepared.log = read_log(options, prepared.journal);
  std::optional<Recorded> kept;
  if (prepared.log) kept = recorded(*prepared.log);
  LoadOptions load;
  load.set = assignments(options.set, "--set");
  load.vars_files = options.vars;
  if (kept) load.recorded = kept->vars;
  LoadResult loaded = load_scenario(options.file, load);
  if (warnings == Warnings::counted)
    loaded.diagnostics = counted(std::move(loaded.diagnostics), options, prepared.arguments);
  print(loaded.diagnostics);
  if (!loaded.scenario) throw UsageError("");
  prepared.scenario = std::move(*loaded.scenario);
  if (kept) {
    std::string changes;
    TransferOptions told;
    told.journal = prepared.journal;
    told.arguments = prepared.arguments;
    for (const auto& line : forbidden_changes(prepared.scenario, told, *prepared.log))
      changes += (changes.empty() ? "" : "\n") + line;
    if (!changes.empty()) throw UsageError(changes);
    const auto phase = prepared.scenario.phase(kept->phase);
    if (!phase) prepared.lost_phase = kept->phase;
    prepared.phase = phase.value_or(0);
  }
  return prepared;
}

std::vector<ProtectedFile> files_of_journal(const std::string& journal) {
  std::vector<ProtectedFile> files;
  for (const std::string suffix : {"", "-wal", "-shm", "-journal", ".lock"})
    files.push_back({journal + suffix, suffix.empty() ? "the journal" : "a part of the journal"});
  return files;
}

std::vector<ProtectedFile> files_of(const Scenario& scenario) {
  std::vector<ProtectedFile> files{{scenario.file, "the scenario"},
                                   {scenario.trust, "the list of certificate authorities"}};
  for (const auto& definition : scenario.secrets)
    if (definition.source.kind == SecretSource::Kind::file)
      files.push_back({definition.source.text, fmt::format("the secret '{}'", definition.secret.name())});
  for (const auto& host : scenario.hosts) {
    if (!host.ssh) continue;
    files.push_back({host.ssh->key_file, fmt::format("the key of host '{}'", host.id)});
    files.push_back({host.ssh->known_hosts, fmt::format("the list of known hosts of host '{}'", host.id)});
  }
  std::erase_if(files, [](const ProtectedFile& file) { return file.path.empty(); });
  return files;
}

std::vector<ProtectedFile> files_of(const Prepared& prepared, const ScenarioOptions& options) {
  std::vector<ProtectedFile> files = files_of(prepared.scenario);
  files.push_back({options.file, "the scenario"});
  for (auto& file : files_of_journal(prepared.journal)) files.push_back(std::move(file));
  for (const auto& vars : options.vars) files.push_back({vars, "a file of vars"});
  return files;
}

namespace {

std::vector<std::string> addresses_of(const Scenario& scenario) {
  std::vector<std::string> addresses;
  for (const auto& host : scenario.hosts)
    addresses.push_back(fmt::format("{} {}", host.id, fmt::join(host.addresses(), " ")));
  if (!scenario.dns.authoritative.empty())
    addresses.push_back(fmt::format("dns {}", fmt::join(scenario.dns.authoritative, " ")));
  return addresses;
}

}  // namespace

RunRecord new_record(const Scenario& scenario, std::size_t phase, const std::string& token) {
  RunRecord record;
  record.tool = "drydock " DRYDOCK_VERSION;
  record.scenario = {scenario.name, scenario.file, scenario.sha256};
  record.id = token;
  record.token = token;
  record.phase = scenario.phases[phase];
  const Vantage& vantage = scenario.vantages.front();
  record.vantage = vantage.address.empty() ? vantage.name
                   : vantage.name.empty()  ? vantage.address
                                           : vantage.address + " " + vantage.name;
  record.vars.assign(scenario.vars.begin(), scenario.vars.end());
  record.addresses = addresses_of(scenario);
  return record;
}

std::string first_line(const Prepared& prepared) {
  std::string text = fmt::format("phase {}", prepared.scenario.phases[prepared.phase]);
  if (prepared.log) text += fmt::format(", journal {}", prepared.journal);
  return text + fmt::format(", {}", fmt::join(addresses_of(prepared.scenario), ", "));
}

}  // namespace drydock::cli
