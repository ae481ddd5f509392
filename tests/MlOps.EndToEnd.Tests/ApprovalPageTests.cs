using System.Net;
using System.Text.RegularExpressions;

namespace MlOps.EndToEnd.Tests;

/// <summary>The page that approvers' links open, over HTTP as a browser, a mail scanner and a forger use it.</summary>
public sealed class ApprovalPageTests
{
    [Fact]
    public async Task A_link_opens_a_page_with_the_facts_reading_changes_nothing_and_it_votes_once()
    {
        await using var run = await WaitingRun.StartAsync("approvers: [ann@example.com, bob@example.com], quorum: 2", withChampion: true);
        var (ann, bob) = (await run.LinkOfAsync("ann@example.com"), await run.LinkOfAsync("bob@example.com"));
        using var browser = new Browser();

        // A mail scanner opens links, and asks for heads.
        var before = $"{await run.RequestAsync()}";
        for (var i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync(ann)).StatusCode);
        using (var head = await browser.Http.SendAsync(new(HttpMethod.Head, ann))) Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(before, $"{await run.RequestAsync()}");

        using var response = await browser.Http.GetAsync(ann);
        var page = await response.Content.ReadAsStringAsync();
        foreach (var fact in new[] { "Version 2 of shop", "It would replace version 1", "Metrics against the version in production", "auc &gt;= 0.5", "city = Mdina", "Drift from the data in production", "pipeline.yaml and its gates", "Model card", "Datasheet", "You decide as <b>ann@example.com</b>" })
            Assert.Contains(fact, page, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", $"{response.Headers.GetValues("Content-Security-Policy").Single()}", StringComparison.Ordinal);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("""(src|href)=["']?https?:""", page);

        var (status, after) = await browser.DecideAsync(ann, "approve", "Looks good.", "0.25");
        Assert.Equal((HttpStatusCode.OK, true), (status, after.Contains("You have voted yes. More votes are needed.", StringComparison.Ordinal)));
        // The form that was open in another tab.
        Assert.Equal(HttpStatusCode.Conflict, (await browser.PostAsync(ann, browser.LastForm, "approve", "", "")).Status);
        Assert.Equal("waitingForApproval", (await run.Server.SendAsync(HttpMethod.Get, $"/api/runs/{run.Id}")).Body.GetProperty("status").GetString());

        Assert.Contains("Approved for at most 10% of the traffic", (await browser.DecideAsync(bob, "approve", "", "0.1")).Page, StringComparison.Ordinal);
        await run.GoesOnAsync();
        // Too late, with a form of before.
        Assert.Equal(HttpStatusCode.Conflict, (await browser.PostAsync(bob, browser.LastForm, "reject", "Changed my mind.", "")).Status);
        var audited = await run.AuditedAsync();
        Assert.Equal(2, audited.Count(a => a is "approval.voted"));
        Assert.Equal(2, audited.Count(a => a is "approval.refused"));
    }

    [Fact]
    public async Task Forged_cut_borrowed_and_foreign_attempts_are_refused_and_audited_and_a_rejection_needs_a_reason()
    {
        await using var run = await WaitingRun.StartAsync("approvers: [ann@example.com]");
        var link = await run.LinkOfAsync("ann@example.com");
        using var browser = new Browser();

        var token = link.Query["?token=".Length..];
        foreach (var forged in new[] { token[..^3], "x" + token, token.Replace('.', '_'), "a.b", $"{token}.{token}" })
        {
            var address = new Uri(link, $"?token={forged}");
            using var shown = await browser.Http.GetAsync(address);
            var page = await shown.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.Forbidden, shown.StatusCode);
            Assert.DoesNotContain("auc", page, StringComparison.Ordinal);
            CommandOutput.HasNoStackTrace(page);
            Assert.Equal(HttpStatusCode.Forbidden, (await browser.PostAsync(link, new("", forged), "approve", "", "")).Status);
        }

        // Another site sends the form: without our cookie, or with a guess in place of the guard.
        await browser.OpenAsync(link);
        using (var stranger = new Browser()) Assert.Equal(HttpStatusCode.Forbidden, (await stranger.PostAsync(link, browser.LastForm, "approve", "", "")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.PostAsync(link, browser.LastForm with { Guard = new string('A', 43) }, "approve", "", "")).Status);

        var (status, again) = await browser.DecideAsync(link, "reject", " ", "0.5");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("a rejection must say why", again, StringComparison.Ordinal);
        Assert.Contains("name=\"decision\" value=\"reject\"", again, StringComparison.Ordinal);
        Assert.Equal(7, (await run.AuditedAsync()).Count(a => a is "approval.refused"));

        var (_, rejected) = await browser.DecideAsync(link, "reject", "<b>Too</b> slow & old.", "0.5");
        Assert.Contains("&lt;b&gt;Too&lt;/b&gt; slow &amp; old.", rejected, StringComparison.Ordinal);
        await run.StatusBecomesAsync("rejected");
    }

    [Fact]
    public async Task Without_a_link_the_page_is_for_whoever_the_API_takes_the_reader_for_and_links_are_made_on_demand()
    {
        await using var run = await WaitingRun.StartAsync("approvers: [ann@example.com, bob@example.com], quorum: all");
        using var browser = new Browser();
        var plain = new Uri(run.Server.Http.BaseAddress!, $"/approvals/{run.Id}");
        var page = await browser.OpenAsync(plain);
        Assert.Contains("is not among the approvers", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<form", page, StringComparison.Ordinal);

        var (status, made) = await run.Server.SendAsync(HttpMethod.Post, $"/api/approvals/{run.Id}/links", """{"approver":"ann@example.com"}""");
        Assert.Equal(200, status);
        Assert.Contains("You decide as <b>ann@example.com</b>", await browser.OpenAsync(new Uri(made.GetProperty("url").GetString()!)), StringComparison.Ordinal);
        Assert.Equal(403, (await run.Server.SendAsync(HttpMethod.Post, $"/api/approvals/{run.Id}/links", """{"approver":"eve"}""")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.Http.GetAsync(new Uri(plain, "/approvals/unknown"))).StatusCode);

        // The same over the API: two votes, a delegation, and the conditions' rules.
        Assert.Equal(400, (await DecideAsync(run, "ann@example.com", """{"decision":"approve","conditions":{"maxTraffic":10}}""")).Status);
        Assert.Equal(200, (await run.Server.SendAsync(HttpMethod.Post, $"/api/approvals/{run.Id}/delegation", """{"to":"cid@example.com","reason":"On leave."}""", headers: ("X-MlOps-Actor", "bob@example.com"))).Status);
        var (_, half) = await DecideAsync(run, "ann@example.com", """{"decision":"approve"}""");
        Assert.False(half.TryGetProperty("decision", out _));
        Assert.Equal(403, (await DecideAsync(run, "bob@example.com", """{"decision":"approve"}""")).Status);
        // Nothing is in production that could take the other half.
        Assert.Equal(409, (await DecideAsync(run, "cid@example.com", """{"decision":"approve","conditions":{"maxTraffic":0.5}}""")).Status);
        var (_, whole) = await DecideAsync(run, "cid@example.com", """{"decision":"approve"}""");
        Assert.True(whole.GetProperty("decision").GetProperty("approved").GetBoolean());
        await run.GoesOnAsync();
    }

    [Fact]
    public async Task Votes_and_links_of_before_a_kill_count_after_it()
    {
        await using var run = await WaitingRun.StartAsync("approvers: [ann@example.com, bob@example.com], quorum: all");
        var (ann, bob) = (await run.LinkOfAsync("ann@example.com"), await run.LinkOfAsync("bob@example.com"));
        using var browser = new Browser();
        await browser.DecideAsync(ann, "approve", "", "");

        await run.KillAndRestartAsync();
        var address = run.Server.Http.BaseAddress!;
        Assert.Contains("You have voted yes", await browser.OpenAsync(new Uri(address, ann.PathAndQuery)), StringComparison.Ordinal);
        Assert.Contains("by ann@example.com, bob@example.com on", (await browser.DecideAsync(new Uri(address, bob.PathAndQuery), "approve", "", "")).Page, StringComparison.Ordinal);
        await run.StatusBecomesAsync("released");
    }

    private static Task<(int Status, System.Text.Json.JsonElement Body)> DecideAsync(WaitingRun run, string actor, string body) =>
        run.Server.SendAsync(HttpMethod.Post, $"/api/approvals/{run.Id}", body, headers: ("X-MlOps-Actor", actor));

    /// <summary>The hidden fields of a form.</summary>
    private sealed record HiddenFields(string Guard, string Token);

    /// <summary>Cookies, forms and redirects, as a browser without scripts has them.</summary>
    private sealed class Browser : IDisposable
    {
        public HttpClient Http { get; } = new(new HttpClientHandler { CookieContainer = new CookieContainer() });

        public HiddenFields LastForm { get; private set; } = new("", "");

        public async Task<string> OpenAsync(Uri address)
        {
            var page = await Http.GetStringAsync(address);
            LastForm = new(FieldOf(page, "guard"), FieldOf(page, "token"));
            return page;
        }

        public async Task<(HttpStatusCode Status, string Page)> DecideAsync(Uri link, string decision, string reason, string maxTraffic)
        {
            await OpenAsync(link);
            return await PostAsync(link, LastForm, decision, reason, maxTraffic);
        }

        public async Task<(HttpStatusCode Status, string Page)> PostAsync(Uri link, HiddenFields form, string decision, string reason, string maxTraffic)
        {
            using var content = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["guard"] = form.Guard,
                ["token"] = form.Token,
                ["decision"] = decision,
                ["reason"] = reason,
                ["maxTraffic"] = maxTraffic,
            });
            using var response = await Http.PostAsync(new Uri(link.GetLeftPart(UriPartial.Path)), content);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }

        public void Dispose() => Http.Dispose();

        private static string FieldOf(string page, string name) =>
            Regex.Match(page, $"name=\"{name}\" value=\"(?<value>[^\"]*)\"", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups["value"].Value;
    }
}
