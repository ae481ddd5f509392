using System.Globalization;

namespace MlOps.Storage.Audit;

/// <summary>A signed statement that the log had this end at this time: whoever has the public key can prove that nothing up to it was changed.</summary>
/// <param name="Sequence">Number of the last entry.</param>
/// <param name="Hash">SHA-256 of that entry's stored text.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Key">Fingerprint of the key.</param>
/// <param name="Signature">Of <see cref="Statement"/>, in base 64.</param>
public sealed record AuditCheckpoint(long Sequence, string Hash, DateTimeOffset At, string Key, string Signature)
{
    /// <summary>The text that is signed, in UTF-8; lines end with a line feed.</summary>
    public string Statement => StatementOf(Sequence, Hash, At, Key);

    /// <summary>Whether the signature is right.</summary>
    public bool IsSignedWith(AuditPublicKey key) => key.Verifies(Statement, Signature);

    internal static AuditCheckpoint Sign(AuditHead head, DateTimeOffset at, AuditSigner signer)
    {
        var key = signer.PublicKey.Fingerprint;
        return new(head.Sequence, head.Hash, at, key, signer.Sign(StatementOf(head.Sequence, head.Hash, at, key)));
    }

    private static string StatementOf(long sequence, string hash, DateTimeOffset at, string key) =>
        string.Create(CultureInfo.InvariantCulture, $"mlops audit checkpoint\nsequence: {sequence}\nhash: {hash}\nat: {at:O}\nkey: {key}\n");
}
