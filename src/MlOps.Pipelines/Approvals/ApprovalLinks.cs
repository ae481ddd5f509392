using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Core.Approvals;
using MlOps.Core.Json;

namespace MlOps.Pipelines.Approvals;

/// <summary>A signed link, as it was read: who may vote with it, on what, once.</summary>
/// <param name="Request">Id of the request.</param>
/// <param name="Package">Hash of the model's package.</param>
/// <param name="Approver">Whose link it is.</param>
/// <param name="Number">Its number: it works once.</param>
/// <param name="Expires">When it ends, seconds since 1970.</param>
public sealed record ApprovalLink(string Request, string Package, string Approver, string Number, long Expires);

/// <summary>Links with which an approver decides without signing in: bound to the request, the model's hash and the approver; they expire, and vote once.</summary>
public sealed class ApprovalLinks(LinkKey key, TimeProvider time)
{
    private const string Purpose = "approval-link";

    /// <summary>Whether links can be sent: there is a key that lasts.</summary>
    public bool CanBeSent => key.Lasts;

    /// <summary>Path of the page on a request.</summary>
    public static string PathOf(string requestId) => $"/approvals/{Uri.EscapeDataString(requestId)}";

    /// <summary>A link for an approver; the same origin gives the same link, so that a message sent twice carries one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="approver">The approver.</param>
    /// <param name="origin">What it is made for, such as a message's id; <see langword="null"/>: a new link at each call.</param>
    public string Create(ApprovalRecord request, string approver, string? origin = null)
    {
        var number = origin is null
            ? RandomNumberGenerator.GetBytes(12)
            : SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Id}\n{approver}\n{origin}"))[..12];
        var link = new ApprovalLink(request.Id, request.Model.Package, approver, Convert.ToHexStringLower(number), request.ExpiresAt.ToUnixTimeSeconds());
        var content = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(link, MlOpsJson.Compact));
        return $"{PathOf(request.Id)}?token={content}.{Base64Url.EncodeToString(key.Sign(Purpose, content))}";
    }

    /// <summary>Reads a link for a request.</summary>
    /// <exception cref="ApprovalLinkException">It was forged, damaged or cut, is for something else, or has expired.</exception>
    public ApprovalLink Read(string token, ApprovalRecord request)
    {
        if (TryOpen(token) is not { } link) throw new ApprovalLinkException("The link is damaged: it may have been cut. Open it from the message again, or ask for a new one.");
        if (link.Request != request.Id) throw new ApprovalLinkException("The link is for another request. Open it from the message again.");
        if (link.Package != request.Model.Package) throw new ApprovalLinkException("The link is for another model than the one that waits here. Ask for a new one.");
        if (DateTimeOffset.FromUnixTimeSeconds(link.Expires) <= time.GetUtcNow()) throw new ApprovalLinkException("The link has expired: the time for a decision is over.");
        return link;
    }

    private ApprovalLink? TryOpen(string token)
    {
        if (token.Split('.') is not [{ Length: > 0 and <= 4096 } content, { Length: > 0 and <= 128 } signature]) return null;
        try
        {
            return key.IsSigned(Purpose, content, Base64Url.DecodeFromChars(signature))
                ? JsonSerializer.Deserialize<ApprovalLink>(Base64Url.DecodeFromChars(content), MlOpsJson.Compact)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

/// <summary>A link to the approval page cannot be used. The message says why, and what to do.</summary>
public sealed class ApprovalLinkException(string message) : Exception(message);
