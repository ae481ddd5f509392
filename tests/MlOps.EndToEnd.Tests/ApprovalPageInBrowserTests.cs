using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace MlOps.EndToEnd.Tests;

/// <summary>The approval page in a real browser, on a computer and on a telephone.</summary>
public sealed class ApprovalPageInBrowserTests
{
    [FactWhereChromiumIs]
    public async Task On_a_computer_an_approver_reads_approves_and_sees_that_it_was_taken()
    {
        await using var run = await WaitingRun.StartAsync("approvers: [ann@example.com]", withChampion: true);
        var link = await run.LinkOfAsync("ann@example.com");
        await using var browser = await BrowserSession.OpenAsync(1280, 900);
        var page = browser.Page;

        await page.GotoAsync($"{link}");
        Assert.Equal("Version 2 of shop", await page.Locator("h1").InnerTextAsync());
        await Assertions.Expect(page.GetByText("Metrics against the version in production")).ToBeVisibleAsync();
        await page.GetByText("Model card", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("details[open]").Filter(new() { HasText = "Model card" })).ToBeVisibleAsync();
        await browser.KeepAsync("approval-computer");

        await page.GetByLabel("Reason").FillAsync("Compared with the champion by hand.");
        await Assertions.Expect(page.GetByLabel("If approved, release to")).ToHaveValueAsync("");
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Assertions.Expect(page.GetByText("by ann@example.com on")).ToBeVisibleAsync();
        Assert.Equal(0, await page.Locator("form").CountAsync());
        await run.StatusBecomesAsync("released");
        var decision = (await run.RequestAsync()).GetProperty("decision");
        Assert.Equal(("ann@example.com", "Compared with the champion by hand."), (decision.GetProperty("by").GetString(), decision.GetProperty("reason").GetString()));

        // Going back and sending the form again changes nothing.
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByText("by ann@example.com on")).ToBeVisibleAsync();
        Assert.Empty(browser.Complaints);
    }

    [FactWhereChromiumIs]
    public async Task On_a_telephone_it_fits_asks_for_the_reason_of_a_rejection_and_fetches_nothing_from_elsewhere()
    {
        await using var run = await WaitingRun.StartAsync("approvers: [ann@example.com]");
        var link = await run.LinkOfAsync("ann@example.com");
        await using var browser = await BrowserSession.OpenAsync(375, 667);
        var page = browser.Page;

        await page.GotoAsync($"{link}");
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than the telephone");
        // The decision comes before the facts, and buttons are large enough for a thumb.
        var reject = page.GetByRole(AriaRole.Button, new() { Name = "Reject" });
        Assert.True((await reject.BoundingBoxAsync())!.Height >= 44);
        Assert.True((await reject.BoundingBoxAsync())!.Y < (await page.GetByRole(AriaRole.Heading, new() { Name = "Metrics" }).BoundingBoxAsync())!.Y);
        await browser.KeepAsync("approval-telephone");

        await reject.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("a rejection must say why");
        await page.GetByLabel("Reason").FillAsync("Worse on the small airports.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Worse on the small airports.").First).ToBeVisibleAsync();
        await run.StatusBecomesAsync("rejected");
        Assert.All(browser.Requested, address => Assert.Equal(link.Authority, new Uri(address).Authority));
    }

    /// <summary>One window of a browser.</summary>
    private sealed class BrowserSession : IAsyncDisposable
    {
        private static readonly float s_patience = (float)Eventually.Patience.TotalMilliseconds;
        private readonly IPlaywright _playwright;
        private readonly IBrowser _browser;

        private BrowserSession(IPlaywright playwright, IBrowser browser, IPage page)
        {
            (_playwright, _browser, Page) = (playwright, browser, page);
            page.Request += (_, request) => Requested.Enqueue(request.Url);
            page.Console += (_, message) => Complaints.Enqueue(message.Text);
            page.PageError += (_, error) => Complaints.Enqueue(error);
        }

        public IPage Page { get; }

        public ConcurrentQueue<string> Requested { get; } = [];

        /// <summary>What the browser found wrong: violated policies, broken markup.</summary>
        public ConcurrentQueue<string> Complaints { get; } = [];

        public static async Task<BrowserSession> OpenAsync(int width, int height)
        {
            var playwright = await Playwright.CreateAsync();
            var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox", "--disable-dev-shm-usage"], Timeout = s_patience });
            var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height } });
            page.SetDefaultTimeout(s_patience);
            // What is expected of a page has 5 seconds otherwise.
            Assertions.SetDefaultExpectTimeout(s_patience);
            return new BrowserSession(playwright, browser, page);
        }

        /// <summary>Keeps a picture for people, where MLOPS_SCREENSHOTS says so.</summary>
        public async Task KeepAsync(string name)
        {
            if (Environment.GetEnvironmentVariable("MLOPS_SCREENSHOTS") is { Length: > 0 } folder)
                await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
        }

        public async ValueTask DisposeAsync()
        {
            await _browser.DisposeAsync();
            _playwright.Dispose();
        }
    }
}
