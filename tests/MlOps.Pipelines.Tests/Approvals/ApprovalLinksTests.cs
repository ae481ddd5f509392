using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Options;
using MlOps.Core.Approvals;
using MlOps.Pipelines.Approvals;

namespace MlOps.Pipelines.Tests.Approvals;

public sealed class ApprovalLinksTests
{
    private static readonly DateTimeOffset s_start = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero);
    private static readonly ApprovalRecord s_request = new()
    {
        Id = "run-1",
        Model = new("flights", 1, new string('a', 64), new string('c', 64)),
        InstanceId = "run-1:approval",
        RequestedAt = s_start,
        ExpiresAt = s_start.AddHours(72),
    };

    private readonly ManualTime _time = new(s_start);

    [Fact]
    public void A_link_names_its_approver_and_has_a_number_of_its_own_unless_it_is_the_same_message()
    {
        var links = Links();
        var read = links.Read(TokenOf(links.Create(s_request, "ann@example.com")), s_request);
        Assert.Equal(("run-1", "ann@example.com", s_request.ExpiresAt.ToUnixTimeSeconds()), (read.Request, read.Approver, read.Expires));
        Assert.NotEqual(links.Create(s_request, "ann"), links.Create(s_request, "ann"));
        Assert.Equal(links.Create(s_request, "ann", "message-1"), links.Create(s_request, "ann", "message-1"));
        Assert.NotEqual(links.Read(TokenOf(links.Create(s_request, "ann", "message-1")), s_request).Number, links.Read(TokenOf(links.Create(s_request, "ann", "message-2")), s_request).Number);
    }

    [Fact]
    public void It_is_refused_for_another_request_another_model_under_another_key_and_when_the_time_is_over()
    {
        var links = Links();
        var token = TokenOf(links.Create(s_request, "ann"));
        Assert.Contains("another request", Refusal(links, token, s_request with { Id = "run-2" }), StringComparison.Ordinal);
        Assert.Contains("another model", Refusal(links, token, s_request with { Model = s_request.Model with { Package = new string('b', 64) } }), StringComparison.Ordinal);
        Assert.Contains("damaged", Refusal(Links(), token, s_request), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromHours(72));
        Assert.Contains("expired", Refusal(links, token, s_request), StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_changed_in_a_token_it_is_refused()
    {
        var links = Links();
        var token = TokenOf(links.Create(s_request, "ann"));
        var changes =
            from place in Gen.Choose(0, token.Length - 1)
            from character in Gen.Elements("ABCxyz019-_.=+/ %\0".ToCharArray())
            select token[..place] + character + token[(place + 1)..];
        Prop.ForAll(changes.ToArbitrary(), changed => IsSame(changed, token) || Refusal(links, changed, s_request).Length > 0).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_key_is_made_once_and_for_its_owner_alone()
    {
        using var folder = new TemporaryFolder();
        var path = folder["links.key"];
        var token = TokenOf(Links(new() { LinkKeyFile = path }).Create(s_request, "ann"));
        Assert.Equal("ann", Links(new() { LinkKeyFile = path }).Read(token, s_request).Approver);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.False(File.Exists(path + ".tmp"));
    }

    /// <summary>The last character of 32 bytes in base64 has bits to spare: another one may stand for the same signature.</summary>
    private static bool IsSame(string changed, string token) => changed == token || (changed[..^1] == token[..^1] && Base64Of(changed) == Base64Of(token));

    private static string Base64Of(string token)
    {
        try
        {
            return Convert.ToHexString(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[^1]));
        }
        catch (FormatException)
        {
            return "";
        }
    }

    private ApprovalLinks Links(ApprovalOptions? options = null) => new(new LinkKey(Options.Create(options ?? new())), _time);

    private static string TokenOf(string link) => link.Split("?token=")[1];

    private static string Refusal(ApprovalLinks links, string token, ApprovalRecord request) =>
        Assert.Throws<ApprovalLinkException>(() => links.Read(token, request)).Message;
}
