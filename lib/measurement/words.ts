/** Common short English words: with the space before them, one token each in most vocabularies. */
export const words: readonly string[] =
  ("the of and to in is that for it as was with be by on not he his but at are this have from or had " +
    "an they which one you were all her she there would their we him been has when who will no more if " +
    "out so up said what its about than into them can only other time new some could these two may first " +
    "then do any like my now over such our man me even most made after also well did many before must " +
    "years back through much where your way down should because long each just state those people too " +
    "day world good year still see work life get here between both own under never might same last us " +
    "off go come since against right came take used himself few house use place during high without again " +
    "home around small found part school once upon water left night far head better war end light side " +
    "name line city hand open street north south river paper music table glass green white black stone")
    .split(" ");
