using System.Globalization;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests.Rules;

public sealed class PeriodCalendarTests
{
    [Theory]
    // Plain days, weeks from Monday, months of every length.
    [InlineData("UTC", PeriodKind.Day, "2026-03-10T12:34Z", "2026-03-10T00:00Z", "2026-03-11T00:00Z")]
    [InlineData("UTC", PeriodKind.Week, "2026-03-15T23:59Z", "2026-03-09T00:00Z", "2026-03-16T00:00Z")]
    [InlineData("UTC", PeriodKind.Week, "2026-03-16T00:00Z", "2026-03-16T00:00Z", "2026-03-23T00:00Z")]
    [InlineData("UTC", PeriodKind.Month, "2028-02-29T23:59Z", "2028-02-01T00:00Z", "2028-03-01T00:00Z")]
    [InlineData("Asia/Kolkata", PeriodKind.Day, "2026-03-10T18:30Z", "2026-03-10T18:30Z", "2026-03-11T18:30Z")]
    [InlineData("Asia/Kathmandu", PeriodKind.Hour, "2026-03-10T12:20Z", "2026-03-10T12:15Z", "2026-03-10T13:15Z")]
    // Berlin: 23 hours in March, 25 in October; the month and the week around them are as long as they are.
    [InlineData("Europe/Berlin", PeriodKind.Day, "2026-03-29T12:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z")]
    [InlineData("Europe/Berlin", PeriodKind.Day, "2026-10-25T12:00Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z")]
    [InlineData("Europe/Berlin", PeriodKind.Month, "2026-03-15T00:00Z", "2026-02-28T23:00Z", "2026-03-31T22:00Z")]
    [InlineData("Europe/Berlin", PeriodKind.Week, "2026-03-29T21:59Z", "2026-03-22T23:00Z", "2026-03-29T22:00Z")]
    // The hour that the clocks repeat is two hours.
    [InlineData("Europe/Berlin", PeriodKind.Hour, "2026-10-25T00:30Z", "2026-10-25T00:00Z", "2026-10-25T01:00Z")]
    [InlineData("Europe/Berlin", PeriodKind.Hour, "2026-10-25T01:30Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z")]
    // Lord Howe shifts by half an hour: days of 23.5 and 24.5 hours, and an hour cut in two.
    [InlineData("Australia/Lord_Howe", PeriodKind.Day, "2026-04-04T14:00Z", "2026-04-04T13:00Z", "2026-04-05T13:30Z")]
    [InlineData("Australia/Lord_Howe", PeriodKind.Day, "2026-10-03T20:00Z", "2026-10-03T13:30Z", "2026-10-04T13:00Z")]
    [InlineData("Australia/Lord_Howe", PeriodKind.Hour, "2026-04-04T14:30Z", "2026-04-04T14:00Z", "2026-04-04T15:00Z")]
    [InlineData("Australia/Lord_Howe", PeriodKind.Hour, "2026-04-04T15:10Z", "2026-04-04T15:00Z", "2026-04-04T15:30Z")]
    [InlineData("Australia/Lord_Howe", PeriodKind.Hour, "2026-10-03T15:45Z", "2026-10-03T15:30Z", "2026-10-03T16:00Z")]
    // Santiago skips midnight itself: the day begins at 01:00.
    [InlineData("America/Santiago", PeriodKind.Day, "2026-09-06T12:00Z", "2026-09-06T04:00Z", "2026-09-07T03:00Z")]
    [InlineData("America/Santiago", PeriodKind.Day, "2026-09-06T03:59Z", "2026-09-05T04:00Z", "2026-09-06T04:00Z")]
    // Santiago in April: at midnight the clocks go back to 23:00, which belongs to the day that has not ended.
    [InlineData("America/Santiago", PeriodKind.Day, "2026-04-05T03:30Z", "2026-04-04T03:00Z", "2026-04-05T04:00Z")]
    // Havana repeats the hour after midnight: the day begins with the first.
    [InlineData("America/Havana", PeriodKind.Day, "2026-11-01T05:30Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z")]
    // St. John's once went back at 00:01: the first minute and the repeated evening are of the day that had begun.
    [InlineData("America/St_Johns", PeriodKind.Day, "2006-10-29T02:30Z", "2006-10-29T02:30Z", "2006-10-30T03:30Z")]
    [InlineData("America/St_Johns", PeriodKind.Day, "2006-10-29T02:45Z", "2006-10-29T02:30Z", "2006-10-30T03:30Z")]
    // Samoa left out a whole day.
    [InlineData("Pacific/Apia", PeriodKind.Day, "2011-12-30T09:59Z", "2011-12-29T10:00Z", "2011-12-30T10:00Z")]
    [InlineData("Pacific/Apia", PeriodKind.Day, "2011-12-30T10:00Z", "2011-12-30T10:00Z", "2011-12-31T10:00Z")]
    public void At_AnInstant_IsInThePeriodThatTheWallClockShows(string zone, PeriodKind kind, string at, string start, string end)
    {
        var period = new PeriodCalendar(kind, TimeZoneInfo.FindSystemTimeZoneById(zone)).At(Parse(at));
        Assert.Equal((Parse(start), Parse(end)), (period.Start, period.End));
    }

    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("America/St_Johns")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("America/Santiago")]
    [InlineData("America/Havana")]
    [InlineData("Africa/Casablanca")]
    [InlineData("Pacific/Apia")]
    [InlineData("Asia/Tehran")]
    public void At_EveryHalfHourOfTenYears_PeriodsFollowEachOtherWithoutGap(string zone)
    {
        foreach (var kind in new[] { PeriodKind.Hour, PeriodKind.Day, PeriodKind.Week, PeriodKind.Month })
        {
            var calendar = new PeriodCalendar(kind, TimeZoneInfo.FindSystemTimeZoneById(zone));
            var last = calendar.At(Parse("2006-01-01T00:00Z"));
            for (var at = last.End; at < Parse("2016-01-01T00:00Z"); at += TimeSpan.FromMinutes(30))
            {
                var period = calendar.At(at);
                Assert.True(period.Contains(at), $"{kind} {zone} {at:u}: {period}");
                if (period == last) continue;
                Assert.True(period.Start == last.End, $"{kind} {zone} {at:u}: {period} follows {last}");
                Assert.Equal(period, new PeriodCalendar(kind, TimeZoneInfo.FindSystemTimeZoneById(zone)).At(period.End.AddMinutes(-1)));
                last = period;
            }
        }
    }

    private static DateTimeOffset Parse(string text) => DateTimeOffset.ParseExact(text, "yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
