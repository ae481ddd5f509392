using System.CommandLine;
using System.Globalization;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Storage.Audit;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops audit verify</c>: of the log itself through the host, of an exported one without any.</summary>
internal static class AuditVerifyCommand
{
    public static Command Create()
    {
        var file = new Option<string?>("--file") { Description = "An exported log. It is verified here, without a host. Default: the log itself." };
        var key = new Option<string?>("--key") { Description = "With --file: PEM of the public key that must have signed it. Default: the one that the file names." };
        var head = new Option<string?>("--head") { Description = "NUMBER:HASH as an earlier check printed it: nothing up to that entry may have changed." };
        var json = CommandLine.JsonOption();
        var command = new Command("verify", CommandLine.WithExamples(
            "Check that every entry is there, in its place, as it was written; exit code 1 and the first bad entry when not.",
            "mlops audit verify", "mlops audit verify --file audit.jsonl --key audit.pem"))
        {
            file, key, head, json,
        };
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(file) is { } path
            ? VerifyFileAsync(path, parsed.GetValue(key), parsed.GetValue(json), cancellationToken)
            : VerifyLogAsync(parsed.GetValue(head), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> VerifyLogAsync(string? head, bool json, CancellationToken cancellationToken)
    {
        var query = "";
        if (head is not null)
        {
            if (head.Split(':') is not [var number, var hash] || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                throw CommandException.BadInput($"'{head}' is no end of a log: expected NUMBER:HASH, as 'mlops audit verify' prints it.");
            query = $"?sequence={number}&hash={Uri.EscapeDataString(hash)}";
        }

        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var found = await plane.GetAsync<AuditVerification>($"api/audit/verification{query}", cancellationToken);
        if (json) Terminal.WriteJson(found);
        else Write(found);
        return found.IsIntact ? ExitCodes.Done : ExitCodes.JobFailed;
    }

    private static async Task<int> VerifyFileAsync(string path, string? keyPath, bool json, CancellationToken cancellationToken)
    {
        foreach (var needed in new[] { path, keyPath })
            if (needed is not null && !File.Exists(needed)) throw CommandException.BadInput($"There is no file {needed}.");
        AuditExportVerification found;
        try
        {
            var trusted = keyPath is null ? null : AuditPublicKey.Parse(await File.ReadAllTextAsync(keyPath, cancellationToken));
            await using var file = File.OpenRead(path);
            found = await AuditExport.VerifyAsync(file, trusted, cancellationToken);
        }
        catch (FormatException error)
        {
            throw CommandException.BadInput($"{keyPath}: {error.Message}");
        }

        if (json)
        {
            Terminal.WriteJson(found);
        }
        else
        {
            Write(found.Log);
            if (found.Key is { } key) Terminal.Results.WriteLine($"signed with key {key}{(keyPath is null ? ", which the file itself names: compare it with the one you trust, or give that one with --key" : "")}");
        }
        return found.Log.IsIntact ? ExitCodes.Done : ExitCodes.JobFailed;
    }

    private static void Write(AuditVerification found)
    {
        foreach (var fault in found.Faults) Terminal.Results.WriteLine(fault.Problem);
        Terminal.Results.WriteLine(found.FirstBad is { } first
            ? $"not intact: the first bad entry is {first}"
            : $"intact: {found.Head.Sequence:N0} entries, {found.Checkpoints:N0} signed checkpoints; the end is {found.Head.Sequence}:{found.Head.Hash}");
    }
}
