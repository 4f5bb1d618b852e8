/** The views of energy that SQL over stores finds ready. */

/** Name of the table of results that `attribute --save` writes. */
export const attributionName = "attribution";

/** Energy between successive readings; steps that are not measured are left out. */
export const energySteps = `create view energy_steps as
select p.host, p.device, p.column_name, t0 as startS, t1 as endS, w0 as startW, w1 as endW,
  (t1 - t0) * (w0 + w1) / 2 as energyJ
from (
  select host, device, column_name, timeS as t1, powerW as w1, lag(timeS) over s as t0,
    lag(powerW) over s as w0
  from power window s as (partition by host, device, column_name order by timeS)
) p join series s on s.device = p.device and s.column_name = p.column_name
  and s.host is not distinct from p.host and s.quantity = 'power'
where t1 - t0 <= maxGapS
union all by name
select c.host, c.device, c.column_name, t0 as startS, t1 as endS, (j1 - j0) / (t1 - t0) as startW,
  (j1 - j0) / (t1 - t0) as endW, j1 - j0 as energyJ
from (
  select host, device, column_name, timeS as t1, energyJ as j1, lag(timeS) over s as t0,
    lag(energyJ) over s as j0
  from counter window s as (partition by host, device, column_name order by timeS)
) c
where t0 is not null and j1 >= j0 and not exists (
  select 1 from counter_restarts r where r.device = c.device and r.column_name = c.column_name
    and r.host is not distinct from c.host and r.timeS = c.t1)
union all by name
select host, device, column_name, timeS - durationS as startS, timeS as endS,
  intervalJ / durationS as startW, intervalJ / durationS as endW, intervalJ as energyJ
from interval`;

/** Energy, covered time and mean power of each device and column. */
export const joulesByDevice = `create view joules_by_device as
select host, device, column_name, sum(energyJ) as energyJ, sum(endS - startS) as coveredS,
  sum(energyJ) / sum(endS - startS) as meanW, min(startS) as startS, max(endS) as endS
from energy_steps group by all order by all`;

/** The same by hour; power is linear within a step, so that one over the hour is divided. */
export const joulesByHour = `create view joules_by_hour as
select host, device, column_name, make_timestamp((hour * 3600000000)::bigint) as hour,
  sum((b - a) * (startW + (endW - startW) * ((a + b) / 2 - startS) / (endS - startS))) as energyJ,
  sum(b - a) as coveredS
from (
  select *, greatest(startS, hour * 3600) as a, least(endS, (hour + 1) * 3600) as b
  from (select *, unnest(range(floor(startS / 3600)::bigint, ceil(endS / 3600)::bigint)) as hour
    from energy_steps)
) group by host, device, column_name, hour order by all`;

/** Attributed energy and tokens of each model. */
export const joulesByModel = `create view joules_by_model as
select model, count(*) as requests, count(energyJ) as attributed, sum(energyJ) as energyJ,
  sum(prefillJ) as prefillJ, sum(decodeJ) as decodeJ,
  sum(inputTokens) filter (energyJ is not null) as inputTokens,
  sum(outputTokens) filter (energyJ is not null) as outputTokens,
  sum(energyJ) / sum(outputTokens) filter (energyJ is not null) as joulesPerOutputToken
from (select model, request, submitS, inputTokens, outputTokens from requests) r
  join (select request, startS as submitS, energyJ, prefillJ, decodeJ
    from results_${attributionName}) a using (request, submitS)
group by model order by model`;
