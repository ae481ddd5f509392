using MlOps.Serving.Health;

namespace MlOps.Serving.Tests.Health;

public sealed class ServingStateTests
{
    [Fact]
    public async Task An_endpoint_that_fails_again_never_seems_to_answer_in_between()
    {
        var state = new ServingState();
        state.Followed();
        state.Note("sizes", "broken", answers: false);
        var failing = Task.Run(() =>
        {
            for (var i = 0; i < 100_000; i++) state.Note("sizes", $"broken {i}", answers: false);
        });
        while (!failing.IsCompleted) Assert.Single(state.Obstacles);
        await failing;
    }

    [Fact]
    public void What_answers_again_with_an_earlier_manifest_is_ready_and_behind()
    {
        var state = new ServingState();
        state.Followed();
        state.Note("sizes", "broken", answers: false);
        state.Note("sizes", "still broken", answers: true);

        Assert.Empty(state.Obstacles);
        Assert.Equal("still broken", state.Behind["sizes"]);
        state.Note("sizes", "gone", answers: false);
        Assert.Equal(["endpoint 'sizes' does not answer: gone"], state.Obstacles);
        Assert.Empty(state.Behind);
        state.Settle("sizes");
        Assert.Empty(state.Obstacles);
    }
}
