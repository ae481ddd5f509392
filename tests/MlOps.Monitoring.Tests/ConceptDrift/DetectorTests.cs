using System.Text.Json;
using MlOps.Monitoring.ConceptDrift;

namespace MlOps.Monitoring.Tests.ConceptDrift;

public class DetectorTests
{
    private static readonly JsonElement s_reference = JsonSerializer.Deserialize<JsonElement>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "ConceptDrift", "reference.json")));

    [Fact]
    public void Adwin_finds_the_change_where_the_reference_implementation_does()
    {
        var adwin = new Adwin(0.002);
        var changes = Stream("adwin").Select((value, i) => adwin.Add(value) ? i : -1).Where(i => i >= 0).ToList();
        Assert.Equal(1023, changes[0]);
        // Afterwards the window holds the new values alone: 4 to 7.
        Assert.InRange(adwin.Mean, 5.2, 5.8);
        Assert.InRange(adwin.Width, 900, 1010);
    }

    [Fact]
    public void Ddm_warns_and_finds_changes_where_the_reference_implementation_does()
    {
        var ddm = new Ddm();
        var events = new List<string>();
        var quiet = true;
        foreach (var (value, i) in Stream("ddm").Select((v, i) => (v, i)))
        {
            var changed = ddm.Add(value > 0);
            if (ddm.IsWarning && quiet) events.Add($"warning {i}");
            if (changed) events.Add($"change {i}");
            quiet = changed || (quiet && !ddm.IsWarning);
        }
        Assert.Equal(["warning 1084", "change 1334", "warning 1492"], events);
    }

    [Fact]
    public void Adwin_stays_below_its_bound_of_false_alarms_and_keeps_the_whole_of_a_steady_stream()
    {
        // The theorem bounds the probability of a false alarm at each step; over many streams the share of steps with one stays below it.
        var (alarms, steps) = (0, 0);
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var adwin = new Adwin(0.002);
            for (var i = 0; i < 5000; i++, steps++)
                if (adwin.Add(random.NextDouble() < 0.2 ? 1 : 0)) alarms++;
            Assert.InRange(adwin.Mean, 0.15, 0.25);
        }
        Assert.True(alarms <= 0.002 * steps, $"{alarms} false alarms in {steps} steps");
    }

    [Theory]
    [InlineData(0.1, 0.4)]
    [InlineData(0.4, 0.1)]
    public void Adwin_follows_a_mean_that_rises_or_falls(double before, double after)
    {
        var random = new Random(7);
        var adwin = new Adwin(0.002);
        var found = -1;
        for (var i = 0; i < 6000; i++)
        {
            if (adwin.Add(random.NextDouble() < (i < 3000 ? before : after) ? 1 : 0) && i >= 3000 && found < 0) found = i;
        }
        Assert.InRange(found, 3000, 3400);
        Assert.InRange(adwin.Mean, after - 0.04, after + 0.04);
    }

    private static IEnumerable<int> Stream(string name) => s_reference.GetProperty(name).GetString()!.Select(c => c - '0');
}
